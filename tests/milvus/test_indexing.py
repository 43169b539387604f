"""``collection.index`` on a server: kinds are chosen, and follow what is written.

``tests/distributed/test_milvus_indexing.py`` runs the first of these on a real server.
"""

import logging
from pathlib import Path

import pytest

from firs.collection import Collection
from firs.errors import InputError
from firs.milvus import ann_index as indexing
from firs.milvus.server import Server
from tests.collection.conftest import COLOURS, Photo
from tests.fakes import FakeEncoder


def found(collection: Collection, colour: str) -> str:
    return collection.search(colour, k=1)[0].path.stem


def test_bits_follow_images_that_come_change_and_go(
    url: str, rainbow: Path, photo: Photo, encoder: FakeEncoder
) -> None:
    with Collection(url, encoder) as collection:
        collection.add(rainbow)
        assert collection.index.kind() == "flat"
        assert collection.index.certificate() is None
        collection.index.choose("bin-flat")
        assert collection.index.kind() == "bin-flat"
        assert [found(collection, colour) for colour in COLOURS] == list(COLOURS)
        photo("pink.png", "pink")
        collection.add(rainbow)
        assert found(collection, "pink") == "pink"
        collection.remove(collection.ids([rainbow / "pink.png"]))
        assert found(collection, "pink") != "pink"
        with Collection(url, encoder) as other:
            assert other.index.kind() == "bin-flat"
            assert found(other, "red") == "red"
            assert other.index.verify().entries == len(COLOURS)
        assert collection.index.certificate() is not None
        collection.index.choose(None)
        assert found(collection, "red") == "red"
        server: Server = collection.store.server  # type: ignore[attr-defined]
        assert not [name for name in server.names() if "_b_" in name and name.startswith("test_")]


def test_a_kind_that_the_server_is_too_old_for_is_replaced_with_a_warning(
    url: str, rainbow: Path, encoder: FakeEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    with Collection(url, encoder) as collection:
        collection.add(rainbow)
        with caplog.at_level(logging.WARNING, logger="firs.milvus"):
            collection.index.choose("ivf-rabitq")
        assert "has no IVF_RABITQ, which comes with 2.6: hnsw is used instead" in caplog.text
        assert collection.index.kind() == "hnsw"
        assert found(collection, "red") == "red"
        with pytest.raises(InputError, match="no index on a server called 'ivf'"):
            collection.index.choose("ivf")
        assert collection.index.kind() == "hnsw"


def test_the_size_decides_without_a_choice(
    url: str, rainbow: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "by_size", lambda count: "hnsw" if count else "flat")
    with Collection(url, encoder) as collection:
        collection.add(rainbow)
        assert collection.index.kind() == "hnsw"
        assert found(collection, "red") == "red"
