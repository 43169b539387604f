import numpy as np
import pytest

from firs.fusion import Ballots
from firs.fusion.pairwise import JUMP, MarkovChain4, majorities
from tests.fusion.lists import ballots, random_lists


def walked(table: Ballots, steps: int) -> list[float]:
    """The share of time at each item, by walking the chain as the paper tells it."""
    preferred = majorities(table)
    count = len(preferred)
    share = np.full(count, 1 / count)
    for _ in range(steps):
        after = np.full(count, JUMP / count / count)
        for here in range(count):
            for drawn in range(count):
                there = drawn if preferred[drawn, here] > 0 else here
                after[there] += (1 - JUMP / count) * share[here] / count
        share = after
    return [float(each) for each in share]


def test_the_share_of_time_at_each_item() -> None:
    table = Ballots.of(random_lists(0, count=4, length=6, of=9))
    points = MarkovChain4().points(table)
    assert points.sum() == pytest.approx(1)
    assert points.tolist() == pytest.approx(walked(table, 3000), abs=1e-6)


def test_whoever_wins_every_duel_has_nearly_all_the_time() -> None:
    points = MarkovChain4().points(ballots([1, 3, 2], [2, 3, 1], [3, 1, 2]))
    assert points[2] > 0.8


def test_in_a_circle_all_are_equal() -> None:
    points = MarkovChain4().points(ballots([1, 2, 3], [2, 3, 1], [3, 1, 2]))
    assert points.tolist() == pytest.approx([1 / 3] * 3)
