import pytest
from hypothesis import given
from hypothesis import strategies as st

from firs.session.events import CurrentMark, Mark, Marks, merge_marks
from tests.session.test_events import marks


def after(*events: Mark) -> Marks:
    held = Marks()
    for event in events:
        held = held.apply(event)
    return held


def test_marks_add_up_in_their_order() -> None:
    assert after(Mark(0, (5,), (2,)), Mark(0, (1,), found=9)) == Marks((5, 1), (2,), 9)


def test_the_newest_mark_of_an_image_holds() -> None:
    assert after(Mark(0, (1, 2)), Mark(0, (), (2,))) == Marks((1,), (2,))
    assert after(Mark(0, (), (2,)), Mark(0, (2,))) == Marks((2,))
    assert after(Mark(0, (1,)), Mark(0, found=1)) == Marks(found=1)
    assert after(Mark(0, found=1), Mark(0, (), (1,))) == Marks((), (1,))


def test_a_mark_that_is_cleared_is_gone() -> None:
    held = after(Mark(0, (1, 2), (3,), 4), Mark(0, clear=(1, 3, 4)))
    assert (held.relevant, held.irrelevant, held.found) == ((2,), (), None)
    assert held.kinds() == {2: "relevant", 1: None, 3: None, 4: None}


def test_what_was_meant_at_first_is_a_tick_when_another_one_is() -> None:
    assert after(Mark(0, found=1), Mark(0, (5,), found=2)) == Marks((5, 1), (), 2)


def test_no_marks() -> None:
    assert not Marks()
    assert Marks().kinds() == {}
    assert Marks(found=0)
    assert Marks(cleared=(3,))


@given(st.lists(marks(), max_size=6))
def test_an_image_is_one_thing_at_most_and_its_last(events: list[Mark]) -> None:
    held = after(*events)
    every = [*held.relevant, *held.irrelevant, *held.cleared]
    every += [] if held.found is None else [held.found]
    assert len(every) == len(set(every))
    if events:
        last = events[-1]
        kinds = held.kinds()
        assert all(kinds[id_] == "relevant" for id_ in last.relevant)
        assert all(kinds[id_] == "irrelevant" for id_ in last.irrelevant)
        assert all(kinds[id_] is None for id_ in last.clear)
        assert last.found is None or held.found == last.found


def test_a_later_round_overrules_an_earlier_one() -> None:
    held = merge_marks([(0, Marks((1, 2), (3,))), (2, Marks((3,), (1,)))])
    assert held == {
        2: CurrentMark("relevant", 0),
        3: CurrentMark("relevant", 2),
        1: CurrentMark("irrelevant", 2),
    }


def test_what_a_later_round_clears_holds_no_longer() -> None:
    assert merge_marks([(0, Marks((1, 2))), (1, Marks(cleared=(1,)))]) == {
        2: CurrentMark("relevant", 0)
    }


def test_only_the_newest_this_is_it_is_one() -> None:
    held = merge_marks([(0, Marks(found=1)), (1, Marks(found=2)), (2, Marks((5,)))])
    assert {id_: mark.kind for id_, mark in held.items()} == {
        1: "relevant",
        2: "found",
        5: "relevant",
    }
    assert held[1].round == 0


@pytest.mark.parametrize("path", [[], [(0, Marks())], [(0, Marks(cleared=(1,)))]])
def test_nothing_holds(path: list[tuple[int, Marks]]) -> None:
    assert merge_marks(path) == {}
