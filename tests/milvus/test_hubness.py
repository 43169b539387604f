import time
from dataclasses import replace

import numpy as np
import pytest

from firs.calibration import Calibration
from firs.calibration.hubness import Hubness, biases
from firs.collection.calibrations import NO_IMAGE, CalibrationRecord, CalibrationStore
from firs.index.base import Ids, Scores
from firs.milvus import hubness
from firs.milvus.hubness import CachedHubness, ImageResiduals
from firs.search import EmbeddingSearcher
from firs.search.searcher import Scored, Vector
from tests.milvus.fake_server import Clock
from tests.search.far import far
from tests.search.spaces import FixedHubness
from tests.search.test_shortlist import COUNT, QUERY, space, units

TEXTS = units(150, 11)
OWNERS = np.where(np.arange(150) % 2, 3 * np.arange(150), NO_IMAGE)


class Kept(CalibrationStore):
    """One calibration, and how often it was read."""

    meaning: Calibration | None = None

    def __init__(self, bank: str = "captions") -> None:
        self.told = 0
        self.the_mark: str | None = "a"
        self.bank = bank

    def mark(self, encoder: str) -> str | None:
        return self.the_mark

    def read(self, encoder: str) -> CalibrationRecord | None:
        self.told += 1
        none = np.empty(0, np.float32)
        return CalibrationRecord(
            self.bank, TEXTS.astype(np.float16), OWNERS, self.meaning, 0, none, self.the_mark or ""
        )


def near(of: EmbeddingSearcher, kept: Kept, held: CachedHubness):  # type: ignore[no-untyped-def]
    at_hand = of.shortlist_for(QUERY)
    return at_hand, held.of(at_hand, of.matrix)


def test_each_image_in_memory_has_its_bias_of_the_whole_collection() -> None:
    kept, away = Kept(), far(space(), shortlist=40, sample=100)
    at_hand, found = near(away, kept, CachedHubness(kept))
    texts = TEXTS.astype(np.float16).astype(np.float32)
    owners = np.where(OWNERS == NO_IMAGE, -1, OWNERS // 3)
    every = biases(space().matrix.vectors, texts, owners)
    np.testing.assert_allclose(found.biases, every[at_hand.matrix.ids // 3], atol=1e-6)
    assert found.mark == "a"
    assert found.familiar(QUERY[0]) is not None


def test_the_mean_that_is_added_again_is_that_of_the_sample() -> None:
    kept, away = Kept(), far(space(), shortlist=40, sample=COUNT)
    at_hand, found = near(away, kept, CachedHubness(kept))
    scores = np.zeros(len(at_hand.matrix), np.float32)
    assert found.of(scores).mean() == pytest.approx(0, abs=1e-6)


def test_the_bank_is_read_once_until_it_changes() -> None:
    kept, away = Kept("everyday"), far(space(), shortlist=40)
    held = CachedHubness(kept)
    for _ in range(3):
        _, found = near(away, kept, held)
        assert found.familiar(QUERY[0]) is None
    assert kept.told == 1
    kept.the_mark = "b"
    assert near(away, kept, held)[1].mark == "b"
    kept.the_mark = None
    assert near(away, kept, held)[1] is None
    assert kept.told == 2


def _no_search(*_: object) -> Scored:
    raise AssertionError("nothing is searched")


class Fetching:
    """Residuals of images that are far away, and how many vectors were fetched for them."""

    def __init__(self, kept: Kept, held: CachedHubness) -> None:
        self.space = far(space(), shortlist=40, sample=100)
        self.fetched = 0
        self.kept, self.held = kept, held

    def residuals(self, revision: int = 1) -> ImageResiduals:
        self.space = replace(self.space, revision=revision)
        assert self.held.of(self.space, self.space.matrix) is not None
        found = self.held.residuals(self.space, _no_search, self._fetch)
        assert found is not None
        return found

    def _fetch(self, ids: Ids) -> tuple[Ids, Scores]:
        found, vectors = self.space.images.fetch(ids)
        self.fetched += len(found)
        return found, vectors


@pytest.fixture
def fetching() -> Fetching:
    kept = Kept("everyday")
    return Fetching(kept, CachedHubness(kept))


def test_residuals_are_biases_without_the_direction(fetching: Fetching) -> None:
    found = fetching.residuals()
    ids = 3 * np.array([COUNT - 1, 5, 1, 5])
    lengths, rests = found.of(ids)
    vectors = space().matrix.rows(ids)
    owners = np.where(OWNERS == NO_IMAGE, -1, OWNERS // 3)
    every = biases(space().matrix.vectors, TEXTS.astype(np.float16).astype(np.float32), owners)
    np.testing.assert_allclose(rests + vectors @ found.direction, every[ids // 3], atol=1e-6)
    np.testing.assert_allclose(lengths, 1, atol=1e-6)
    assert found.lowest < rests.min() <= rests.max()
    assert np.isnan(found.of(np.array([1]))).all()


def test_residuals_are_fetched_once_until_vectors_or_texts_change(fetching: Fetching) -> None:
    ids = 3 * np.arange(50)
    sample = fetching.space.matrix.ids
    outside = len(np.setdiff1d(ids, sample))
    fetching.residuals().of(ids)
    assert fetching.fetched == outside > 0
    fetching.residuals().of(ids)
    assert fetching.fetched == outside
    fetching.residuals(revision=2).of(ids)
    assert fetching.fetched == 2 * outside
    fetching.kept.the_mark = "b"
    fetching.residuals(revision=2).of(ids)
    assert fetching.fetched == 3 * outside


def test_values_of_a_new_revision_are_fetched_again_later(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server may have given the vectors of a moment ago."""
    ids = 3 * np.arange(50)
    fetching.residuals().of(ids)
    before, clock = fetching.fetched, Clock()
    clock.now += time.monotonic() + 60
    monkeypatch.setattr(hubness, "time", clock)
    fetching.residuals().of(ids)
    assert fetching.fetched == before + len(ids)
    fetching.residuals().of(ids)
    assert fetching.fetched == before + len(ids)


def test_the_cache_is_bounded(fetching: Fetching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubness, "MOST_CACHED", 10)
    found = fetching.residuals()
    ids = 3 * np.arange(200)
    assert np.isfinite(found.of(ids)).all()
    assert len(found._cache._known) == 10


def test_without_a_calibration_there_are_none(fetching: Fetching) -> None:
    fetching.kept.the_mark = None
    assert fetching.held.of(fetching.space, fetching.space.matrix) is None
    assert fetching.held.residuals(fetching.space, _no_search, fetching._fetch) is None


@pytest.mark.parametrize(("subset", "k"), [(None, 10), (None, 80), (slice(1, None, 3), 10)])
def test_a_search_by_them_is_that_of_all_vectors(subset: slice | None, k: int) -> None:
    kept = Kept("everyday")
    kept.meaning = Calibration(50.0, 1.0)
    some = None if subset is None else (3 * np.arange(COUNT))[subset].tolist()
    here, held = space(some), CachedHubness(kept)
    texts = TEXTS.astype(np.float16).astype(np.float32)
    owners = np.where(OWNERS == NO_IMAGE, -1, OWNERS // 3)
    owners[OWNERS == NO_IMAGE] = 0  # in these tests there is an image with that id
    off = biases(here.matrix.vectors, texts, owners)
    here = replace(here, calibration_source=FixedHubness(Hubness(off, "a", kept.meaning)))
    away = far(here, shortlist=40, sample=300)

    def search(query: Vector, text: Vector, count: int, among: Ids | None) -> Scored:
        [ids], [scores] = here.index.search(query[np.newaxis], count, among)
        return ids, scores

    class Source:
        def hubness(self, searcher: EmbeddingSearcher) -> Hubness | None:
            return held.of(searcher, away.images.matrix())

        def residuals(self, searcher: EmbeddingSearcher) -> ImageResiduals | None:
            return held.residuals(searcher, search, away.images.fetch)

    away = replace(away, calibration_source=Source())
    expected, found = (each.search_text(QUERY[0], k, "test") for each in (here, away))
    np.testing.assert_array_equal(found.ids, expected.ids)
    shift = found.scores - expected.scores  # by the mean bias, which is the sample's
    np.testing.assert_allclose(shift, shift[0], atol=1e-6)
    assert abs(shift[0]) < 0.005
    assert found.confidence is not None
    assert expected.confidence is not None
    assert found.confidence.is_weak == expected.confidence.is_weak
    for id_, probability in expected.confidence.probabilities.items():
        assert found.confidence.probabilities[id_] == pytest.approx(probability, rel=0.15)
