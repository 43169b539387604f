"""What every fusion in the registry promises."""

import numpy as np
import pytest

from firs.fusion import Ballots, Fusion, fuse, list_variants, open_fusion
from tests.fusion.lists import random_lists, ranked

MAJORITY_ONLY = {"condorcet", "mc4"}


@pytest.fixture(params=list_variants())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_keeps_the_protocol_and_its_name(name: str) -> None:
    fusion = open_fusion(name)
    assert isinstance(fusion, Fusion)
    assert fusion.name == name


def test_one_finite_number_an_item(name: str) -> None:
    ballots = Ballots.of(random_lists(0, of=100))
    points = open_fusion(name).points(ballots)
    assert points.shape == ballots.ids.shape
    assert points.dtype == np.float64
    assert np.all(np.isfinite(points))


def test_nothing_is_lost_and_nothing_added(name: str) -> None:
    lists = random_lists(1, of=100)
    held = {id_ for ranking in lists for id_ in ranking.ids.tolist()}
    assert sorted(fuse(lists, name).ids.tolist()) == sorted(held)


def test_one_list_keeps_its_order(name: str) -> None:
    [ranking] = random_lists(2, count=1)
    assert fuse([ranking], name).ids.tolist() == ranking.ids.tolist()


def test_lists_that_agree_keep_their_order(name: str) -> None:
    [ranking] = random_lists(3, count=1)
    assert fuse([ranking] * 4, name).ids.tolist() == ranking.ids.tolist()


def test_what_stands_before_in_every_list_stands_before(name: str) -> None:
    lists = random_lists(4, count=3)
    place = {each: [ranking.ids.tolist().index(each) for ranking in lists] for each in range(40)}
    fused = fuse(lists, name).ids.tolist()
    for behind, each in enumerate(fused):
        for later in fused[behind + 1 :]:
            assert not all(a > b for a, b in zip(place[each], place[later], strict=True))


def test_the_order_of_the_lists_does_not_matter(name: str) -> None:
    lists, weights = random_lists(5, of=60), [0.1, 0.2, 0.3, 1.0, 0.7]
    forwards, backwards = fuse(lists, name, weights), fuse(lists[::-1], name, weights[::-1])
    assert forwards.ids.tolist() == backwards.ids.tolist()
    np.testing.assert_array_equal(forwards.scores, backwards.scores)


def test_equal_points_stand_in_the_order_of_ids(name: str) -> None:
    assert fuse([ranked([9, 4]), ranked([4, 9])], name).ids.tolist() == [4, 9]
    assert fuse([ranked([30]), ranked([10]), ranked([20])], name).ids.tolist() == [10, 20, 30]


def test_the_heavier_list_is_followed(name: str) -> None:
    one, other = ranked([1, 2]), ranked([2, 1])
    assert fuse([one, other], name, [2, 1]).ids.tolist() == [1, 2]
    assert fuse([one, other], name, [1, 2]).ids.tolist() == [2, 1]


def test_only_the_proportions_of_weights_matter(name: str) -> None:
    lists = random_lists(6, count=3)
    once, thrice = fuse(lists, name, [1, 2, 4]), fuse(lists, name, [3, 6, 12])
    assert once.ids.tolist() == thrice.ids.tolist()


def test_a_list_of_negative_weight_speaks_against_what_it_puts_first(name: str) -> None:
    liked, disliked = ranked([1, 2, 3]), ranked([1, 3, 2])
    fused = fuse([liked, disliked], name, [1, -3]).ids.tolist()
    assert fused.index(1) > fused.index(2)


def test_a_list_of_weight_0_changes_no_order(name: str) -> None:
    one, other = random_lists(7, count=2)
    assert fuse([one, other], name, [1, 0]).ids.tolist() == one.ids.tolist()


def test_an_empty_list_changes_no_order(name: str) -> None:
    [ranking] = random_lists(8, count=1)
    assert fuse([ranking, ranked([])], name).ids.tolist() == ranking.ids.tolist()


def test_only_empty_lists(name: str) -> None:
    assert len(fuse([ranked([]), ranked([])], name)) == 0


def test_scores_that_are_all_equal(name: str) -> None:
    ranking = ranked([5, 3, 8], [0.5, 0.5, 0.5])
    fused = fuse([ranking, ranked([8, 3, 5], [0.9, 0.5, 0.1])], name)
    assert sorted(fused.ids.tolist()) == [3, 5, 8]
    assert np.all(np.isfinite(fused.scores))


def test_scores_of_any_scale(name: str) -> None:
    lists = random_lists(9, count=2)
    far = [ranked(each.ids, each.scores * 1e6 - 4e5) for each in lists]
    assert fuse(far, name).ids.tolist() == fuse(lists, name).ids.tolist()


def test_many_more_items_than_any_list_holds(name: str) -> None:
    lists = random_lists(10, count=20, length=10, of=150)
    fused = fuse(lists, name)
    assert len(fused) > 100
    assert np.all(np.diff(fused.scores) <= 0)
