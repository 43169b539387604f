import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.errors import CollectionError, CollectionNotFound, InputError
from firs.migration import folder_side, migrate
from firs.migration import migration as running
from firs.session import Session
from firs.storage.database import transaction
from tests.collection.conftest import collection, encoder, names, photo, photos, rainbow
from tests.fakes import FakeEncoder
from tests.migration.making import KINDS, fill

__all__ = ["collection", "encoder", "photo", "photos", "rainbow"]


@pytest.fixture
def filled(collection: Collection, rainbow: Path) -> Collection:
    fill(collection, rainbow)
    return collection


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / ".firs"


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_side, "_AT_ONCE", 3)


def dump(folder: Path) -> Iterator[str]:
    """All rows but those of states, which no two collections share."""
    connection = sqlite3.connect(folder / "firs.db")
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
        for row in connection.execute(f"SELECT * FROM {table}"):
            yield f"{table}: {row}"
    connection.close()


def test_all_there_is_is_there_again(filled: Collection, target: Path) -> None:
    report = migrate(filled.path, target)
    assert set(report.sums) == KINDS
    assert report.sums["images"].count == 8
    with Collection(target, FakeEncoder(), create=False) as moved:
        assert list(moved) == list(filled)
        assert moved.problems() == filled.problems()
        assert moved.sessions.records() == filled.sessions.records()
        assert moved.log.records() == filled.log.records()
        assert moved.log.is_on
        assert moved.expansion.records() == filled.expansion.records()
        assert moved.index.kind() == "hash"
        for name in ("fake", "other"):
            for mine, yours in zip(moved.vectors(name), filled.vectors(name), strict=True):
                assert mine.dtype == yours.dtype
                np.testing.assert_array_equal(mine, yours)
        for words in ("red trip", "snow"):
            found, expected = moved.search(words, k=8), filled.search(words, k=8)
            assert found.ids.tolist() == expected.ids.tolist()
            np.testing.assert_allclose(found.scores, expected.scores, atol=1e-4)


def test_sessions_are_gone_on_with_there(filled: Collection, target: Path) -> None:
    migrate(filled.path, target)
    [newest, *_] = filled.sessions.records()
    with Collection(target, FakeEncoder(), create=False) as moved:
        session = Session.open(moved, newest.id)
        here, there = session.to_json(), Session.open(filled, newest.id).to_json()
        assert here | {"revision": 0} == there | {"revision": 0}
        session.mark(relevant=[names(moved)["green.png"]])


def test_the_original_stays_as_it_is(filled: Collection, target: Path) -> None:
    before = list(dump(filled.path))
    migrate(filled.path, target)
    assert list(dump(filled.path)) == before


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("at", range(0, 14, 2))
def test_stopped_anywhere_it_goes_on(
    filled: Collection, target: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a kill would stop it: between one part that is there for good and the next."""
    whole = migrate(filled.path, target.parent / "whole")
    steps = iter(range(at))
    for name in ("put_images", "put_documents"):
        real = getattr(folder_side.FolderSide, name)

        def dies(*given: object, real: object = real) -> None:
            if next(steps, None) is None:
                raise KeyboardInterrupt
            real(*given)  # type: ignore[operator]

        monkeypatch.setattr(folder_side.FolderSide, name, dies)
    if at < 12:
        with pytest.raises(KeyboardInterrupt):
            migrate(filled.path, target)
        with pytest.raises(CollectionError, match="waits for the rest"):
            Collection(target)
    monkeypatch.undo()
    assert migrate(filled.path, target) == whole


@pytest.mark.usefixtures("small_steps")
def test_what_is_there_is_passed_over(
    filled: Collection, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops(what: str, done: int, total: int) -> None:
        if done >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate(filled.path, target, stops)
    moved: list[int] = []
    real = folder_side.FolderSide.put_images

    def noted(side: folder_side.FolderSide, images: list[object], mark: object) -> None:
        moved.append(len(images))
        real(side, images, mark)  # type: ignore[arg-type]

    monkeypatch.setattr(folder_side.FolderSide, "put_images", noted)
    migrate(filled.path, target)
    assert moved == [2]


def test_collections_are_not_mixed(filled: Collection, target: Path, tmp_path: Path) -> None:
    migrate(filled.path, target)
    with pytest.raises(CollectionError, match=r"is a collection already, .* Name a new place"):
        migrate(filled.path, target)
    with pytest.raises(InputError, match="onto itself"):
        migrate(filled.path, filled.path)
    with pytest.raises(CollectionNotFound):
        migrate(tmp_path / "nothing", tmp_path / "new")
    assert not (tmp_path / "nothing").exists()


def test_the_rest_of_another_is_not_mixed_in(filled: Collection, target: Path) -> None:
    def stops(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate(filled.path, target, stops)
    migrate(filled.path, target.parent / "whole")
    with pytest.raises(CollectionError, match=f"the rest of {re.escape(str(filled.path))}"):
        migrate(target.parent / "whole", target)


def test_a_difference_is_an_error_that_names_it(
    filled: Collection, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = running._tally

    def forgets(side: folder_side.FolderSide, before: int, *given: object) -> object:
        if before:
            with transaction(side._connection):
                side._connection.execute("DELETE FROM tag WHERE name = 'warm'")
        return real(side, before, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "_tally", forgets)
    with pytest.raises(CollectionError, match=r"not the same \(tags: 5 and 4\)"):
        migrate(filled.path, target)
    monkeypatch.undo()
    assert migrate(filled.path, target).sums["tags"].count == 5


def test_nobody_else_writes_to_it_meanwhile(filled: Collection, target: Path) -> None:
    def adds(what: str, done: int, total: int) -> None:
        with Collection(target, FakeEncoder(), create=False) as moved:
            moved.tag([1], "mine")

    with pytest.raises(CollectionError, match="waits for the rest"):
        migrate(filled.path, target, adds)
