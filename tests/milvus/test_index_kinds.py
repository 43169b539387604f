"""Kinds of index on servers of several versions and sizes, and searches that find too little."""

import logging
from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.milvus import ann_index as indexing
from firs.milvus import index_kinds as kinds
from firs.milvus.index import IndexConfig, MilvusIndex
from firs.milvus.index_kinds import KINDS
from firs.milvus.server import Server
from tests.collection.conftest import COLOURS
from tests.fakes import FakeEncoder
from tests.index.test_contract import DIM, unit
from tests.milvus.fake_server import FakeMilvus
from tests.milvus.served import Served, rows_of


@pytest.mark.parametrize("version", ["v2.3.5", "v2.4.1", "2.6.0"])
@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_can_be_chosen_and_is_known_to_other_processes(
    milvus: FakeMilvus, rainbow: Path, encoder: FakeEncoder, version: str, kind: str
) -> None:
    milvus.version = version
    numbers = tuple(int(each) for each in version.removeprefix("v").split("."))
    used, _ = kinds.supported_kind(kind, numbers)  # type: ignore[arg-type]
    with Collection(milvus.url("photos"), encoder) as collection:
        collection.add(rainbow)
        collection.index.choose(kind)
        assert collection.index.kind() == used.name
    with Collection(milvus.url("photos", "other"), encoder) as there:
        assert there.index.kind() == used.name
        found = [there.search(colour, k=1)[0].path.stem for colour in COLOURS]
        assert found == list(COLOURS)


def test_the_size_decides_until_a_kind_is_chosen(
    milvus: FakeMilvus,
    url: str,
    rainbow: Path,
    encoder: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    milvus.version = "2.6.0"
    monkeypatch.setattr(kinds, "EXACT_UP_TO", 3)
    monkeypatch.setattr(kinds, "MEMORY_UP_TO", 6)
    with Collection(url, encoder) as collection:
        collection.add([rainbow / f"{colour}.png" for colour in COLOURS[:2]])
        assert collection.index.kind() == "flat"
        collection.add([rainbow / f"{colour}.png" for colour in COLOURS[:5]])
        assert collection.index.kind() == "hnsw"
        collection.add(rainbow)
        assert collection.index.kind() == "ivf-rabitq"
        collection.index.choose("flat")
        collection.remove(list(collection.vectors()[0])[:6])
        collection.add(rainbow)
        assert collection.index.kind() == "flat"


def test_too_few_images_found_by_bits_is_a_warning(
    milvus: FakeMilvus,
    url: str,
    rainbow: Path,
    encoder: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(indexing, "_FEWEST", 1)
    monkeypatch.setattr(indexing, "_MOST", 2)
    with Collection(url, encoder) as collection:
        collection.add(rainbow)
        with caplog.at_level(logging.WARNING, "firs.milvus"):
            collection.index.choose("bin-flat")
    assert "With bin-flat some queries find" in caplog.text
    assert "Choose hnsw, or ivf-rabitq" in caplog.text


@pytest.fixture
def served(server: Server) -> Served:
    made = Served(server, "hnsw", DIM)
    made.put(rows_of(range(40), unit(40, 1)))
    return made


def test_an_index_with_too_few_results_is_searched_fully(
    milvus: FakeMilvus, served: Served
) -> None:
    milvus.fail("search", 3)
    ids, _ = served.index().search(unit(2, 2), 10)
    assert ids.shape == (2, 10)
    assert milvus.count_calls("search") == 2


def test_where_no_more_is_found_fewer_are_returned(milvus: FakeMilvus, served: Served) -> None:
    milvus.fail("search", 3, 3)
    ids, scores = served.index().search(unit(2, 2), 10)
    assert ids.shape == scores.shape == (2, 3)


def test_where_there_are_no_more_it_is_not_searched_again(
    milvus: FakeMilvus, served: Served
) -> None:
    ids, _ = served.index().search(unit(2, 2), 100)
    assert ids.shape == (2, 40)
    assert milvus.count_calls("search") == 1


def test_hits_without_embeddings_are_omitted(
    milvus: FakeMilvus, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Served(server, "ivf-rabitq", DIM)
    made.put(rows_of(range(20), unit(20, 1)))
    gone = MilvusIndex(server, made.name, DIM, IndexConfig(made.kind, dict(made.kind.built(20))))
    monkeypatch.setattr(server, "get", lambda *_, **__: {})
    ids, scores = gone.search(unit(2, 2), 5)
    assert ids.shape == scores.shape == (2, 0)
    assert ids.dtype == np.int64
