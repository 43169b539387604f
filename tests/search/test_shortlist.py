from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firs.calibration.hubness import Hubness
from firs.encoders import Vectors
from firs.expansion import Expansion
from firs.index.base import Ids
from firs.index.exact import ExactFloat32Index
from firs.query import like, text
from firs.search import EmbeddingMatrix, EmbeddingSearcher, InMemoryImages, search
from firs.search.shortlist import REMOVED, RemoteSearcher
from tests.fakes import FakeEncoder
from tests.search.far import FetchedImages, far
from tests.search.spaces import coloured

COUNT, DIM = 600, FakeEncoder().dim


def units(count: int, seed: int) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    vectors[:, 0] += 2
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def space(subset: list[int] | None = None) -> EmbeddingSearcher:
    """Images with the ids 0, 3, 6, …."""
    ids, vectors = 3 * np.arange(COUNT), units(COUNT, 0)
    images = InMemoryImages(
        EmbeddingMatrix(ids, vectors), lambda asked: [Path(f"{id_}.jpg") for id_ in asked]
    )
    some = None if subset is None else np.array(subset)
    index = ExactFloat32Index.build(ids, vectors)
    return EmbeddingSearcher(
        "fake", FakeEncoder, index, images, some, calibration_source=SeventhIsHub()
    )


class SeventhIsHub:
    """Every seventh image is a hub."""

    def hubness(self, searcher: EmbeddingSearcher) -> Hubness:
        off = np.where(searcher.matrix.ids % 7 == 0, 0.3, 0.0).astype(np.float32)
        return Hubness(off, whole=searcher.matrix.population)

    def residuals(self, _: EmbeddingSearcher) -> None:
        return None


def calibrated(of: RemoteSearcher) -> RemoteSearcher:
    return replace(of, calibration_source=SeventhIsHub())


class FarthestExpansion:
    """An expansion in name only; its candidates are the images given."""

    def __init__(self, candidates: Callable[[Vectors], Ids], *, is_expanded: bool = True) -> None:
        self.candidates = candidates
        self._is_expanded = is_expanded

    def expansion(self, _: EmbeddingSearcher) -> Expansion | None:
        return Expansion("a") if self._is_expanded else None


QUERY = units(1, 5)


def test_a_space_at_hand_is_its_own_shortlist() -> None:
    here = space()
    assert here.shortlist_for(QUERY, [3], least=5) is here
    assert here.matrix_of(np.array([3])) is here.matrix


def test_a_shortlist_holds_the_nearest_what_is_named_and_the_sample() -> None:
    away = far(space(), shortlist=20, sample=50)
    near = away.shortlist_for(QUERY, [3, 6, 999_999])
    nearest = space().index.search(QUERY, 20)[0][0]
    expected = {*nearest.tolist(), 3, 6, *away.matrix.ids.tolist()}
    assert set(near.matrix.ids.tolist()) == expected
    assert np.all(np.diff(near.matrix.ids) > 0)
    np.testing.assert_array_equal(near.matrix.vectors, space().matrix.rows(near.matrix.ids))


def test_of_all_it_is_the_table_of_all() -> None:
    here, near = space(), far(space(), shortlist=COUNT).shortlist_for(QUERY)
    np.testing.assert_array_equal(near.matrix.ids, here.matrix.ids)
    np.testing.assert_array_equal(near.matrix.image_mean, here.matrix.image_mean)
    assert near.matrix.similarity_spread == here.matrix.similarity_spread
    assert near.matrix.spread(QUERY[0]) == here.matrix.spread(QUERY[0])
    assert near.matrix.count == here.matrix.count == COUNT


def test_what_all_images_are_is_told_by_the_sample_whatever_is_near() -> None:
    here, away = space(), far(space(), shortlist=20, sample=300)
    for vector in units(3, 6):
        near = away.shortlist_for(vector[np.newaxis])
        np.testing.assert_array_equal(near.matrix.image_mean, away.matrix.image_mean)
        assert near.matrix.similarity_spread == away.matrix.similarity_spread
        assert near.matrix.spread(vector) == pytest.approx(here.matrix.spread(vector), rel=0.15)
        assert near.matrix.count == COUNT


def test_what_joins_comes_behind_what_is_there() -> None:
    away = far(space(), shortlist=20, sample=50)
    first = away.shortlist_for(QUERY).matrix
    grown = away.shortlist_for(units(1, 7), onto=first).matrix
    assert len(grown) > len(first)
    np.testing.assert_array_equal(grown.ids[: len(first)], first.ids)
    np.testing.assert_array_equal(grown.vectors, space().matrix.rows(grown.ids))
    np.testing.assert_array_equal(grown.positions(grown.ids[::-1]), np.arange(len(grown))[::-1])
    assert grown.population is not None
    np.testing.assert_array_equal(grown.ids[grown.population.sample], away.matrix.ids)


def test_only_what_is_near_is_fetched() -> None:
    away = far(space(), shortlist=20, sample=50)
    assert isinstance(away.images, FetchedImages)
    away.shortlist_for(QUERY, [3, 6])
    assert away.images.fetched <= 22


@pytest.mark.parametrize("k", [1, 10, 100])
def test_calibrated_it_finds_what_a_space_at_hand_finds(k: int) -> None:
    here, away = space(), calibrated(far(space(), shortlist=100))
    expected = here.search_text(QUERY[0], k, "test")
    found = away.search_text(QUERY[0], k, "test")
    np.testing.assert_array_equal(found.ids[:10], expected.ids[:10])
    np.testing.assert_allclose(found.scores[:10], expected.scores[:10], atol=1e-6)
    assert len(found) == k


def test_calibrated_among_some_it_finds_those() -> None:
    some = (3 * np.arange(0, COUNT, 5)).tolist()
    expected = space(some).search_text(QUERY[0], 20, "test")
    found = calibrated(far(space(some), shortlist=40)).search_text(QUERY[0], 20, "test")
    np.testing.assert_array_equal(found.ids, expected.ids)


def test_nothing_is_taken_off_where_that_is_not_wanted() -> None:
    away = calibrated(far(space(), shortlist=40)).with_corrections(calibration=False)
    assert away.shortlist_for(QUERY).hubness is None
    expected = space().with_corrections(calibration=False)
    np.testing.assert_array_equal(
        away.search_text(QUERY[0], 9, "test").ids,
        expected.search_text(QUERY[0], 9, "test").ids,
    )


def test_images_that_captions_speak_for_join() -> None:
    away = far(space(), shortlist=20, sample=50)
    farthest = space().index.search(QUERY, COUNT)[0][0, -1:]
    assert not away.shortlist_for(QUERY).matrix.filter_known(farthest.tolist())
    for is_expanded in (False, True):
        source = FarthestExpansion(lambda vectors: farthest, is_expanded=is_expanded)
        near = replace(away, expansion_source=source).shortlist_for(QUERY)
        assert bool(near.matrix.filter_known(farthest.tolist())) == is_expanded


@pytest.mark.parametrize("way", ["early-fusion", "late-fusion", "rerank"])
def test_queries_of_several_terms_find_the_same(way: str) -> None:
    query = text("red") + like(90) - text("green")
    expected = search(query, coloured(), 9, way)
    found = search(query, far(coloured(), shortlist=9), 9, way)
    np.testing.assert_array_equal(found.ids, expected.ids)
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-6)


def test_fewer_are_fetched_where_they_are_enough() -> None:
    source = FarthestExpansion(lambda vectors: pytest.fail("captions are not searched"))
    away = replace(far(space(), shortlist=40, sample=50), expansion_source=source)
    near = away.shortlist_for(units(3, 8), most=5)
    nearest = np.unique(space().index.search(units(3, 8), 5)[0])
    assert set(near.matrix.ids.tolist()) == {*nearest.tolist(), *away.matrix.ids.tolist()}


def test_images_are_known_without_being_fetched() -> None:
    away = far(space(), shortlist=40, sample=50)
    assert away.filter_known([3, 4, 6]) == space().filter_known([3, 4, 6]) == [3, 6]
    assert away.matrix_of(np.array([3, 4, 6])).filter_known([3, 4, 6]) == [3, 6]


@pytest.mark.parametrize("gone", [1, 10, 500])
def test_the_place_of_an_image_that_is_gone_goes_to_the_next(
    gone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = far(space(), shortlist=40, sample=50)
    expected = space().search_vector(QUERY[0], COUNT, "test").ids.tolist()
    there = expected[:2] + expected[gone + 2 :]
    monkeypatch.setattr(
        FetchedImages,
        "paths",
        lambda _, ids: [Path(f"{id_}") if id_ in there else REMOVED for id_ in ids],
    )
    assert away.search_vector(QUERY[0], 10, "test").ids.tolist() == there[:10]
    assert away.search_vector(QUERY[0], COUNT, "test").ids.tolist() == there
