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
from firs.evaluation.evaluation_set import (
    EncoderDescription,
    evaluation_set_from_pictures,
    evaluation_set_from_vectors,
)
from firs.evaluation.measures import ranks_in
from firs.evaluation.searchers import FloatSearcher, collection_agreement
from tests.evaluation.evaluation_sets import small_dataset, small_evaluation_set
from tests.fakes import FakeEncoder


def test_an_evaluation_set_of_some_queries() -> None:
    dataset = small_dataset()
    evaluation_set = evaluation_set_from_vectors(dataset, np.array([4, 7]))
    assert evaluation_set.groups.tolist() == evaluation_set.relevant.image.tolist() == [1, 2]
    assert evaluation_set.queries.shape == (2, 16)
    assert evaluation_set.encoder == EncoderDescription("vectors", 16)


def test_indexed_captions_have_owners() -> None:
    evaluation_set = small_evaluation_set(indexed_captions=1)
    assert evaluation_set.indexed_owners.tolist() == list(range(60))
    assert len(evaluation_set.query_captions) == 120


def test_a_data_set_without_vectors_needs_an_encoder() -> None:
    with pytest.raises(InputError, match="comes without vectors; name an encoder"):
        evaluation_set_from_vectors(
            build_dataset("one", [DatasetImage("a", ("b",))]), np.array([0])
        )


def test_a_caption_cannot_be_indexed_and_a_query() -> None:
    with pytest.raises(InputError, match="cannot be a query as well"):
        evaluation_set_from_vectors(small_dataset(), np.array([0, 1]), np.array([1, 2]))


def test_vectors_of_two_encoders_do_not_mix() -> None:
    view = small_evaluation_set().views[0]
    with pytest.raises(InputError, match="16 dimensions and the queries' 8"):
        replace(view, queries=view.queries[:, :8])


def test_queries_that_begin_at_some_ranks() -> None:
    evaluation_set = small_evaluation_set()
    late = evaluation_set.with_initial_rank_between(3, 10)
    ranks = ranks_in(late.queries @ late.images.T, late.relevant).first
    assert 0 < len(late.query_captions) < len(evaluation_set.query_captions)
    assert ranks.min() >= 3
    assert ranks.max() <= 10
    assert late.groups.tolist() == late.relevant.image.tolist()


def test_no_query_in_a_range_is_an_error() -> None:
    with pytest.raises(InputError, match="No query has an initial rank from 60 to 60"):
        small_evaluation_set().only(np.array([0])).with_initial_rank_between(60, 60)


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


def check_progress(what: str, done: int, total: int) -> None:
    assert what in ("pictures", "texts")
    assert 0 <= done <= total


def test_pictures_are_encoded_into_a_collection(dataset: Dataset) -> None:
    encoder = FakeEncoder()
    with evaluation_set_from_pictures(
        dataset, encoder, all_queries(dataset), progress=check_progress
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
        with evaluation_set_from_pictures(
            dataset, encoder, all_queries(dataset), progress=check_progress
        ):
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
            copy, FakeEncoder(), all_queries(copy), progress=check_progress
        ) as evaluation_set:
            searcher = FloatSearcher(evaluation_set.images)
            assert collection_agreement(searcher, evaluation_set, seed=0) == 1


def test_an_existing_collection_is_used(dataset: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    with Collection(folder, encoder=FakeEncoder()) as mine:
        mine.add(tmp_path)
    encoder = FakeEncoder()
    with evaluation_set_from_pictures(
        dataset, encoder, all_queries(dataset), folder=folder, progress=check_progress
    ) as evaluation_set:
        assert evaluation_set.images.shape[0] == 4
    assert encoder.embedded == 0


def test_indexed_captions_are_encoded(dataset: Dataset) -> None:
    join, ask = split_captions(dataset, 1)
    with evaluation_set_from_pictures(
        dataset, FakeEncoder(), ask, join, progress=check_progress
    ) as evaluation_set:
        assert evaluation_set.indexed_vectors is not None
        assert evaluation_set.indexed_vectors.shape == evaluation_set.queries.shape == (4, 64)


def test_a_picture_that_cannot_be_read_is_named_with_its_reason(dataset: Dataset) -> None:
    dataset.files[1].write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    with (
        pytest.raises(InputError, match=r"1 pictures of four squares .*green\.png: .+\. Get them"),
        evaluation_set_from_pictures(
            dataset, FakeEncoder(), all_queries(dataset), progress=check_progress
        ),
    ):
        pass


def test_captions_without_pictures() -> None:
    dataset = build_dataset("words", [DatasetImage("a", ("b",))])
    with (
        pytest.raises(InputError, match="words has captions but no pictures to encode"),
        evaluation_set_from_pictures(
            dataset, FakeEncoder(), np.array([0]), progress=check_progress
        ),
    ):
        pass
