import numpy as np
import pytest

from firs.session.events import CurrentMark
from firs.session.round import MAX_INFLUENCES, MIN_INFLUENCE, mark_influences
from tests.feedback.marked import field

IMAGES = field()
ALL = np.arange(40)
TICK, CROSS = CurrentMark("relevant", 0), CurrentMark("irrelevant", 0)


def test_each_mark_by_its_likeness_the_strongest_first() -> None:
    marks = {4: TICK, 9: TICK, 20: TICK, 31: TICK}
    directions = IMAGES.directions(ALL)
    like = directions @ directions[[3, 8, 19, 30]].T / IMAGES.spread
    for place, told in enumerate(mark_influences(IMAGES, ALL, marks, [1] * 40)):
        weights = {each.id: each.weight for each in told}
        assert list(weights.values()) == sorted(weights.values(), reverse=True)
        assert len(told) <= MAX_INFLUENCES
        for id_, weight in weights.items():
            expected = like[place, list(marks).index(id_)]
            assert weight == pytest.approx(expected, abs=1e-4)
            assert weight >= MIN_INFLUENCE


def test_what_is_marked_was_moved_by_its_own_mark_above_all() -> None:
    [told] = mark_influences(IMAGES, np.array([3]), {4: TICK, 9: TICK}, [2])
    assert (told[0].id, told[0].mark) == (4, "relevant")
    assert told[0].weight == pytest.approx(1 / IMAGES.spread, rel=1e-3)


def test_what_rose_was_pulled_by_ticks_and_what_fell_was_pushed_by_crosses() -> None:
    marks = {4: TICK, 9: CROSS}
    for at, (rose, fell) in enumerate(
        zip(
            mark_influences(IMAGES, ALL, marks, [1] * 40),
            mark_influences(IMAGES, ALL, marks, [-1] * 40),
            strict=True,
        )
    ):
        assert {each.id for each in rose} <= {4}, at
        assert {each.id for each in fell} <= {9}, at
        assert all(each.weight > 0 for each in rose)
        assert all(each.weight < 0 for each in fell)


def test_this_is_it_pulls_as_a_tick_does() -> None:
    [told] = mark_influences(IMAGES, np.array([3]), {4: CurrentMark("found", 0)}, [0])
    assert (told[0].mark, told[0].weight > 0) == ("found", True)


def test_no_marks_and_no_images() -> None:
    assert mark_influences(IMAGES, ALL[:3], {}, [1, 0, -1]) == [(), (), ()]
    assert mark_influences(IMAGES, ALL[:0], {4: TICK}, []) == []
