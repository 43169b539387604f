from pathlib import Path

import numpy as np
import pytest

from firs.calibration.hubness import Hubness
from firs.encoders import Vectors
from firs.index.exact import ExactFloat32Index
from firs.query import like, text
from firs.search import GivenImages, Space, Table, answer
from firs.search.shortlist import NOWHERE, FarSpace
from tests.fakes import FakeEncoder
from tests.search.far import FetchedImages, far
from tests.search.spaces import coloured

COUNT, DIM = 600, FakeEncoder().dim


def units(count: int, seed: int) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    vectors[:, 0] += 2
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def space(among: list[int] | None = None) -> Space:
    """Images with the ids 0, 3, 6, …."""
    ids, vectors = 3 * np.arange(COUNT), units(COUNT, 0)
    images = GivenImages(Table(ids, vectors), lambda asked: [Path(f"{id_}.jpg") for id_ in asked])
    some = None if among is None else np.array(among)
    index = ExactFloat32Index.build(ids, vectors)
    return Space("fake", FakeEncoder, index, images, some, hubness=hubs)


def hubs(of: Space) -> Hubness:
    """Every seventh image is a hub."""
    off = np.where(of.table.ids % 7 == 0, 0.3, 0.0).astype(np.float32)
    return Hubness(off, whole=of.table.whole)


def calibrated(of: FarSpace) -> FarSpace:
    of._hubness = hubs
    return of


QUERY = units(1, 5)


def test_a_space_at_hand_is_its_own_shortlist() -> None:
    here = space()
    assert here.around(QUERY, [3], least=5) is here
    assert here.holding(np.array([3])) is here.table


def test_a_shortlist_holds_the_nearest_what_is_named_and_the_sample() -> None:
    away = far(space(), shortlist=20, sample=50)
    near = away.around(QUERY, [3, 6, 999_999])
    nearest = space().index.search(QUERY, 20)[0][0]
    expected = {*nearest.tolist(), 3, 6, *away.table.ids.tolist()}
    assert set(near.table.ids.tolist()) == expected
    assert np.all(np.diff(near.table.ids) > 0)
    np.testing.assert_array_equal(near.table.vectors, space().table.rows(near.table.ids))


def test_of_all_it_is_the_table_of_all() -> None:
    here, near = space(), far(space(), shortlist=COUNT).around(QUERY)
    np.testing.assert_array_equal(near.table.ids, here.table.ids)
    np.testing.assert_array_equal(near.table.image_centre, here.table.image_centre)
    assert near.table.likeness_spread == here.table.likeness_spread
    assert near.table.spread(QUERY[0]) == here.table.spread(QUERY[0])
    assert near.table.count == here.table.count == COUNT


def test_what_all_images_are_is_told_by_the_sample_whatever_is_near() -> None:
    here, away = space(), far(space(), shortlist=20, sample=300)
    for vector in units(3, 6):
        near = away.around(vector[np.newaxis])
        np.testing.assert_array_equal(near.table.image_centre, away.table.image_centre)
        assert near.table.likeness_spread == away.table.likeness_spread
        assert near.table.spread(vector) == pytest.approx(here.table.spread(vector), rel=0.15)
        assert near.table.count == COUNT


def test_what_joins_comes_behind_what_is_there() -> None:
    away = far(space(), shortlist=20, sample=50)
    first = away.around(QUERY).table
    grown = away.around(units(1, 7), onto=first).table
    assert len(grown) > len(first)
    np.testing.assert_array_equal(grown.ids[: len(first)], first.ids)
    np.testing.assert_array_equal(grown.vectors, space().table.rows(grown.ids))
    np.testing.assert_array_equal(grown.places(grown.ids[::-1]), np.arange(len(grown))[::-1])
    assert grown.whole is not None
    np.testing.assert_array_equal(grown.ids[grown.whole.sample], away.table.ids)


def test_only_what_is_near_is_fetched() -> None:
    away = far(space(), shortlist=20, sample=50)
    assert isinstance(away._far, FetchedImages)
    away.around(QUERY, [3, 6])
    assert away._far.fetched <= 22


@pytest.mark.parametrize("k", [1, 10, 100])
def test_calibrated_it_finds_what_a_space_at_hand_finds(k: int) -> None:
    here, away = space(), calibrated(far(space(), shortlist=100))
    expected = here.nearest_to_text(QUERY[0], k, "test")
    found = away.nearest_to_text(QUERY[0], k, "test")
    np.testing.assert_array_equal(found.ids[:10], expected.ids[:10])
    np.testing.assert_allclose(found.scores[:10], expected.scores[:10], atol=1e-6)
    assert len(found) == k


def test_calibrated_among_some_it_finds_those() -> None:
    some = (3 * np.arange(0, COUNT, 5)).tolist()
    expected = space(some).nearest_to_text(QUERY[0], 20, "test")
    found = calibrated(far(space(some), shortlist=40)).nearest_to_text(QUERY[0], 20, "test")
    np.testing.assert_array_equal(found.ids, expected.ids)


def test_nothing_is_taken_off_where_that_is_not_wanted() -> None:
    away = calibrated(far(space(), shortlist=40))
    away.hubness = None
    assert away.around(QUERY).hubness is None
    expected = space()
    expected.hubness = None
    np.testing.assert_array_equal(
        away.nearest_to_text(QUERY[0], 9, "test").ids,
        expected.nearest_to_text(QUERY[0], 9, "test").ids,
    )


def test_images_that_captions_speak_for_join() -> None:
    away = far(space(), shortlist=20, sample=50)
    farthest = space().index.search(QUERY, COUNT)[0][0, -1:]
    away._told = lambda vectors: farthest
    assert not away.around(QUERY).table.known(farthest.tolist())
    away._expansion = lambda of: object()  # type: ignore[assignment, return-value]
    del away.expansion
    assert away.around(QUERY).table.known(farthest.tolist())


@pytest.mark.parametrize("way", ["early", "late", "two-phase"])
def test_queries_of_several_terms_find_the_same(way: str) -> None:
    query = text("red") + like(90) - text("green")
    expected = answer(query, coloured(), 9, way)
    found = answer(query, far(coloured(), shortlist=9), 9, way)
    np.testing.assert_array_equal(found.ids, expected.ids)
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-6)


def test_fewer_are_fetched_where_they_are_enough() -> None:
    away = far(space(), shortlist=40, sample=50)
    away._told = lambda vectors: pytest.fail("captions are not asked")
    away._expansion = lambda of: object()  # type: ignore[assignment, return-value]
    near = away.around(units(3, 8), most=5)
    nearest = np.unique(space().index.search(units(3, 8), 5)[0])
    assert set(near.table.ids.tolist()) == {*nearest.tolist(), *away.table.ids.tolist()}


def test_images_are_known_without_being_fetched() -> None:
    away = far(space(), shortlist=40, sample=50)
    assert away.known([3, 4, 6]) == space().known([3, 4, 6]) == [3, 6]
    assert away.holding(np.array([3, 4, 6])).known([3, 4, 6]) == [3, 6]


@pytest.mark.parametrize("gone", [1, 10, 500])
def test_the_place_of_an_image_that_is_gone_goes_to_the_next(
    gone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = far(space(), shortlist=40, sample=50)
    expected = space().nearest(QUERY[0], COUNT, "test").ids.tolist()
    monkeypatch.setattr(
        FetchedImages,
        "paths",
        lambda _, ids: [
            NOWHERE if id_ in expected[2 : gone + 2] else Path(f"{id_}") for id_ in ids
        ],
    )
    there = expected[:2] + expected[gone + 2 :]
    assert away.nearest(QUERY[0], 10, "test").ids.tolist() == there[:10]
    assert away.nearest(QUERY[0], COUNT, "test").ids.tolist() == there
