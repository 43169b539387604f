import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firs.collection import Collection
from firs.errors import InputError
from firs.evaluation.datasets import (
    Dataset,
    DatasetImage,
    all_queries,
    build_dataset,
    split_captions,
)
from firs.evaluation.evaluation_set import evaluation_set_from_pictures
from firs.evaluation.searchers import FloatSearcher, collection_agreement
from tests.fakes import FakeEncoder

COLOURS = ("red", "green", "blue", "white")


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setenv("FIRS_CACHE", str(tmp_path / "cache"))
    for colour in COLOURS:
        Image.new("RGB", (40, 40), colour).save(tmp_path / f"{colour}.png")
    return build_dataset(
        "four squares",
        [DatasetImage(c, (f"a {c} square", c), tmp_path / f"{c}.png") for c in COLOURS],
    )


def silent(what: str, done: int, total: int) -> None:
    assert what in ("pictures", "texts")
    assert 0 <= done <= total


def test_a_bench_by_way_of_a_collection(dataset: Dataset) -> None:
    encoder = FakeEncoder()
    with evaluation_set_from_pictures(
        dataset, encoder, all_queries(dataset), progress=silent
    ) as evaluation_set:
        assert (evaluation_set.encoder.name, evaluation_set.encoder.fingerprint) == ("fake", "fa4e")
        assert np.argmax(evaluation_set.queries @ evaluation_set.images.T, axis=1).tolist() == [
            0, 0, 1, 1, 2, 2, 3, 3,
        ]  # fmt: skip
        assert np.linalg.norm(evaluation_set.images, axis=1) == pytest.approx(1, abs=1e-3)
        collection, ids = evaluation_set.collection, evaluation_set.ids
        assert collection is not None
        assert ids is not None
        assert collection.search("blue", k=1).ids[0] == ids[2]


def test_pictures_are_encoded_once(dataset: Dataset) -> None:
    encoder = FakeEncoder()
    for _ in range(2):
        with evaluation_set_from_pictures(dataset, encoder, all_queries(dataset), progress=silent):
            assert encoder.embedded == 4


def test_each_location_of_a_data_set_has_its_own_collection(
    dataset: Dataset, tmp_path: Path
) -> None:
    copies = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        for file in dataset.files:
            shutil.copy(file, folder / file.name)
        copies.append(replace(dataset, files=tuple(folder / file.name for file in dataset.files)))
    for copy in (*copies, copies[0]):
        with evaluation_set_from_pictures(
            copy, FakeEncoder(), all_queries(copy), progress=silent
        ) as evaluation_set:
            searcher = FloatSearcher(evaluation_set.images)
            assert collection_agreement(searcher, evaluation_set, seed=0) == 1


def test_a_collection_that_is_there_is_used(dataset: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    with Collection(folder, encoder=FakeEncoder()) as mine:
        mine.add(tmp_path)
    encoder = FakeEncoder()
    with evaluation_set_from_pictures(
        dataset, encoder, all_queries(dataset), folder=folder, progress=silent
    ) as evaluation_set:
        assert evaluation_set.images.shape[0] == 4
    assert encoder.embedded == 0


def test_captions_that_join_are_encoded_too(dataset: Dataset) -> None:
    join, ask = split_captions(dataset, 1)
    with evaluation_set_from_pictures(
        dataset, FakeEncoder(), ask, join, progress=silent
    ) as evaluation_set:
        assert evaluation_set.indexed_vectors is not None
        assert evaluation_set.indexed_vectors.shape == evaluation_set.queries.shape == (4, 64)


def test_a_picture_that_cannot_be_read_is_named_with_its_reason(dataset: Dataset) -> None:
    dataset.files[1].write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    with (
        pytest.raises(InputError, match=r"1 pictures of four squares .*green\.png: .+\. Get them"),
        evaluation_set_from_pictures(dataset, FakeEncoder(), all_queries(dataset), progress=silent),
    ):
        pass


def test_captions_without_pictures() -> None:
    dataset = build_dataset("words", [DatasetImage("a", ("b",))])
    with (
        pytest.raises(InputError, match="words has captions but no pictures to encode"),
        evaluation_set_from_pictures(dataset, FakeEncoder(), np.array([0]), progress=silent),
    ):
        pass
