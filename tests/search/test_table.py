from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from firs.errors import InputError
from firs.search import EmbeddingMatrix
from firs.search.matrix import ModalityMeans
from tests.fakes import FakeEncoder


def vectors(count: int) -> NDArray[np.float16]:
    return np.random.default_rng(0).standard_normal((count, 8)).astype(np.float16)


def test_rows_in_the_order_asked_for() -> None:
    held = vectors(4)
    rows = EmbeddingMatrix(np.array([2, 3, 7, 9]), held).rows(np.array([9, 2, 9]))
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, held[[3, 0, 3]].astype(np.float32))


@pytest.mark.parametrize("id_", [-1, 0, 4, 10, 1000])
def test_no_such_image(id_: int) -> None:
    for table in (
        EmbeddingMatrix(np.array([2, 3, 7, 9]), vectors(4)),
        EmbeddingMatrix(np.arange(0), vectors(0)),
    ):
        with pytest.raises(InputError, match=f"no image with the id {id_} "):
            table.rows(np.array([id_]))


@pytest.mark.parametrize("count", [1, 4, 1999, 2001, 9000])
def test_the_spread_of_scores(count: int) -> None:
    held, vector = vectors(count), np.eye(8, dtype=np.float32)[0]
    spread = EmbeddingMatrix(np.arange(count), held).spread(vector)
    assert spread == pytest.approx(np.std(held[:, 0], dtype=np.float64), rel=0.05)


def test_nothing_has_no_spread() -> None:
    assert EmbeddingMatrix(np.arange(0), vectors(0)).spread(np.ones(8, np.float32)) == 0


def test_centres_are_measured_once() -> None:
    class Counted(FakeEncoder):
        asked = 0

        def encode_texts(self, texts):  # type: ignore[no-untyped-def]
            self.asked += 1
            return super().encode_texts(texts)

    encoder = Counted()
    table = EmbeddingMatrix(np.arange(1), encoder.encode_images([])[:0])
    assert table.centres(encoder) is table.centres(encoder)
    assert encoder.asked == 1


def test_centres_that_are_known() -> None:
    known = ModalityMeans(np.ones(8, np.float32), np.zeros(8, np.float32))
    assert EmbeddingMatrix(np.arange(3), vectors(3), known).centres(FakeEncoder()) is known


def test_those_that_are_known_in_their_order() -> None:
    table = EmbeddingMatrix(np.array([2, 3, 7, 9]), vectors(4))
    assert table.filter_known([9, 1, 2, 8, -5, 10**12]) == [9, 2]
    assert (
        table.filter_known([]) == EmbeddingMatrix(np.arange(0), vectors(0)).filter_known([1]) == []
    )


def test_places_are_counted_from_0() -> None:
    table = EmbeddingMatrix(np.array([2, 3, 7, 9]), vectors(4))
    assert table.positions(np.array([9, 2, 9])).tolist() == [3, 0, 3]
    assert (len(table), table.dim) == (4, 8)


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_the_scores_of_all_images(kind: type) -> None:
    held: NDArray[Any] = vectors(50).astype(kind)
    asked = vectors(3).astype(np.float32)
    scores = EmbeddingMatrix(np.arange(50), held).scores(asked)
    assert scores.shape == (50, 3)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, held.astype(np.float32) @ asked.T, atol=1e-4)


def test_vectors_too_large_to_widen_score_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    held, asked = vectors(2000), vectors(3).astype(np.float32)
    wide = EmbeddingMatrix(np.arange(2000), held).scores(asked)
    monkeypatch.setattr("firs.search.matrix.MAX_FLOAT32_BYTES", 0)
    np.testing.assert_array_equal(EmbeddingMatrix(np.arange(2000), held).scores(asked), wide)


def test_how_far_images_lie_from_the_middle() -> None:
    held = vectors(300).astype(np.float32) + 1
    held /= np.linalg.norm(held, axis=1, keepdims=True)
    table = EmbeddingMatrix(np.arange(300), held)
    np.testing.assert_allclose(table.image_mean, held.mean(axis=0), atol=1e-6)
    distances = np.linalg.norm(held - held.mean(axis=0), axis=1)
    np.testing.assert_allclose(table.distances_to_mean, distances, atol=1e-3)


def test_how_likeness_spreads() -> None:
    held = np.random.default_rng(1).standard_normal((900, 64)).astype(np.float32)
    spread = EmbeddingMatrix(np.arange(900), held).similarity_spread
    assert spread == pytest.approx(64**-0.5, rel=0.1)


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_alike_or_too_few_images_spread_1(count: int) -> None:
    same = np.repeat(vectors(1), count, axis=0)
    assert EmbeddingMatrix(np.arange(count), same).similarity_spread == 1
    assert count > 2 or EmbeddingMatrix(np.arange(count), vectors(count)).similarity_spread == 1


def test_centres_that_are_known_are_the_middle() -> None:
    known = ModalityMeans(np.ones(8, np.float32), np.full(8, 0.5, np.float32))
    assert EmbeddingMatrix(np.arange(3), vectors(3), known).image_mean is known.image_mean
