"""Calibrated search of images that are far away finds what a search of all vectors finds."""

import numpy as np
import pytest

from firs.calibration.hubness import WEIGHT, Hubness, biases
from firs.encoders import Vectors
from firs.index.base import Ids, Scores
from firs.index.exact import ExactFloat32Index
from firs.search.searcher import Scored, Vector
from firs.search.shortlist import nearest_calibrated

COUNT, DIM = 3_000, 32


def drawn(count: int, seed: int, centre: int) -> Vectors:
    """Vectors around a direction, as an encoder's are."""
    vectors = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    vectors[:, centre] += 4
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


IMAGES = drawn(COUNT, 0, 0)
BANK = drawn(400, 1, 1)
IDS = 5 * np.arange(COUNT) + 2
QUERIES = drawn(10, 2, 1)


class Far:
    """The residuals of images in memory; ``looked_at`` counts those that were looked at."""

    def __init__(self, images: Vectors = IMAGES, gone: tuple[int, ...] = ()) -> None:
        self.direction: Vector = np.float32(WEIGHT) * BANK.mean(axis=0)
        self.biases = biases(images, BANK)
        self.lengths = np.linalg.norm(images, axis=1)
        self.residuals = self.biases - images @ self.direction
        self.mean_bias = float(self.biases.mean())
        self.mean = float(self.residuals.mean())
        self.high = float(self.residuals.mean() + self.residuals.std())
        self.lowest = float(self.residuals.min())
        self.looked_at = self.searches = 0
        self._index = ExactFloat32Index.build(IDS, images)
        self._gone = gone

    def search(self, query: Vector, text: Vector, count: int, subset: Ids | None) -> Scored:
        self.searches += 1
        [ids], [scores] = self._index.search(query[np.newaxis], count, subset)
        return ids, scores

    def of(self, ids: Ids) -> tuple[Scores, Scores]:
        self.looked_at += len(ids)
        at = np.searchsorted(IDS, ids)
        residuals = self.residuals[at].copy()
        residuals[np.isin(ids, self._gone)] = np.nan
        return self.lengths[at].astype(np.float32), residuals


def expected(query: Vector, k: int, images: Vectors = IMAGES) -> Scored:
    scores = Hubness(biases(images, BANK)).of(images @ query)
    best = np.argsort(-scores, kind="stable")[:k]
    return IDS[best], scores[best]


@pytest.mark.parametrize("k", [1, 10, 50, 1_000])
def test_it_finds_what_a_search_of_all_finds(k: int) -> None:
    for query in QUERIES:
        ids, scores = nearest_calibrated(Far(), query, k).best
        best, their = expected(query, k)
        np.testing.assert_array_equal(ids, best)
        np.testing.assert_allclose(scores, their, atol=1e-6)


def test_few_images_are_looked_at() -> None:
    far = Far()
    for query in QUERIES:
        nearest_calibrated(far, query, 10)
    assert far.searches == len(QUERIES)
    assert far.looked_at < 150 * len(QUERIES) < COUNT * len(QUERIES) / 10


def test_it_looks_deeper_where_residuals_vary_much() -> None:
    far = Far()
    far.residuals += np.random.default_rng(3).normal(0, 1, COUNT).astype(np.float32)
    far.lowest = float(far.residuals.min())
    scores = IMAGES @ QUERIES[0] - IMAGES @ far.direction - far.residuals
    best = IDS[np.argsort(-scores)[:10]]
    np.testing.assert_array_equal(nearest_calibrated(far, QUERIES[0], 10).best[0], best)
    assert far.searches > 1


def test_vectors_that_were_rounded_keep_their_scores() -> None:
    rounded = IMAGES.astype(np.float16).astype(np.float32)
    ids, scores = nearest_calibrated(Far(rounded), QUERIES[0], 20).best
    best, their = expected(QUERIES[0], 20, rounded)
    np.testing.assert_array_equal(ids, best)
    np.testing.assert_allclose(scores, their, atol=1e-6)


def test_images_that_are_gone_are_passed_over() -> None:
    first, *others = expected(QUERIES[0], 11)[0].tolist()
    ids, _ = nearest_calibrated(Far(gone=(first,)), QUERIES[0], 10).best
    assert ids.tolist() == others


def test_only_some_may_be_found() -> None:
    among = IDS[::7]
    ids, _ = nearest_calibrated(Far(), QUERIES[0], 20, among).best
    order = expected(QUERIES[0], COUNT)[0]
    assert ids.tolist() == order[np.isin(order, among)][:20].tolist()


def test_fewer_are_found_where_there_are_fewer() -> None:
    assert len(nearest_calibrated(Far(), QUERIES[0], 2 * COUNT).best[0]) == COUNT
    assert len(nearest_calibrated(Far(), QUERIES[0], 20, IDS[:3]).best[0]) == 3
    assert len(nearest_calibrated(Far(), QUERIES[0], 20, IDS[:0]).best[0]) == 0


def test_of_the_other_candidates_scores_are_estimated() -> None:
    far = Far()
    _, (ids, scores) = nearest_calibrated(far, QUERIES[0], 10)
    order, exact = expected(QUERIES[0], COUNT)
    known = exact[np.argsort(order)][(ids - IDS[0]) // 5]
    assert len(ids) == 200
    np.testing.assert_allclose(scores, known, atol=5 * float(far.residuals.std()))
    assert np.mean(scores - known) == pytest.approx(0, abs=float(far.residuals.std()))
