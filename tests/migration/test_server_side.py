"""A collection to a server and back, stopped on the way.

``tests/distributed/test_milvus_migrate.py`` runs the first of these on a real server.
"""

from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.errors import CollectionError
from firs.migration import migrate, server_side
from firs.session import Session
from tests.collection.conftest import collection, encoder, photo, photos, rainbow
from tests.fakes import FakeEncoder
from tests.migration.making import KINDS, fill
from tests.milvus.conftest import milvus, url
from tests.milvus.fake_server import FakeMilvus, Killed

__all__ = ["collection", "encoder", "milvus", "photo", "photos", "rainbow", "url"]


def test_everything_goes_there_and_comes_back(
    collection: Collection,
    rainbow: Path,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In parts of three images, and stopped once on each way."""
    fill(collection, rainbow)
    monkeypatch.setattr(server_side, "_AT_ONCE", 3)
    back = tmp_path / "back" / ".firs"
    with pytest.raises(KeyboardInterrupt):
        migrate(collection.path, url, _stop)
    with pytest.raises(CollectionError, match="waits for the rest"):
        migrate(url, back)
    with pytest.raises(CollectionError, match="waits for the rest"):
        Collection(url)
    with caplog.at_level("WARNING"):
        there = migrate(collection.path, url)
    assert "bin-flat of fake is not built yet" in caplog.text
    assert set(there.sums) == KINDS
    with Collection(url, FakeEncoder(), create=False) as moved:
        assert [each.id for each in moved] == [each.id for each in collection]
        assert [each.tags for each in moved] == [each.tags for each in collection]
        assert moved.sessions.records() == collection.sessions.records()
        assert moved.log.records() == collection.log.records()
        assert moved.expansion.records() == collection.expansion.records()
        assert moved.index.kind() == "flat"
        [newest, *_] = moved.sessions.records()
        assert Session.open(moved, newest.id).to_json()["events"]
    with pytest.raises(CollectionError, match="a collection already"):
        migrate(collection.path, url)
    with pytest.raises(KeyboardInterrupt):
        migrate(url, back, _stop)
    assert migrate(url, back) == there
    with Collection(back, FakeEncoder(), create=False) as home:
        assert list(home) == list(collection)
        for mine, yours in zip(home.vectors("other"), collection.vectors("other"), strict=True):
            np.testing.assert_array_equal(mine, yours)


def _stop(what: str, done: int, total: int) -> None:
    raise KeyboardInterrupt


def test_killed_at_any_write_it_goes_on_to_the_same_end(
    milvus: FakeMilvus, collection: Collection, rainbow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(collection, rainbow)
    monkeypatch.setattr(server_side, "_AT_ONCE", 3)
    whole = migrate(collection.path, milvus.url("whole"))
    for write in range(0, 1_000, 4):
        target = milvus.url(f"killed_{write}")
        milvus.kill_at_write(write)
        try:
            migrate(collection.path, target)
        except Killed:
            milvus.kill_at_write(None)
            assert migrate(collection.path, target) == whole
        else:
            break
    assert write >= 20
