import pytest

from firs.errors import InputError
from firs.session.events import Event, Mark, Marks, Next
from firs.session.history import History
from tests.session.grounds import ground

GROUND = ground()


def step(after: int, method: str = "rocchio") -> Next:
    return Next(after, method, 1.0, 10, again=True)


def history(*events: Event) -> History:
    return History(GROUND, events)


def test_rounds_are_numbered_as_they_are_made() -> None:
    told = history(step(0), step(1), step(0), step(3))
    assert [each.number for each in told.rounds] == [0, 1, 2, 3, 4]
    assert [each.parent.number if each.parent else None for each in told.rounds] == [
        None, 0, 1, 0, 3,
    ]  # fmt: skip
    assert told.at == 4


def test_a_mark_leads_to_its_round() -> None:
    told = history(step(0), Mark(0, (3,)))
    assert (told.at, told.round(0).marks) == (0, Marks((3,)))


def test_an_outcome_has_not_happened() -> None:
    told = history()
    made, marks = told.preview(step(0)), told.preview(Mark(0, (3,)))
    assert (told.events, len(told.rounds), told.round().marks) == ([], 1, Marks())
    told.apply(step(0), made)
    assert told.round() is made
    told.apply(Mark(0, (3,)), marks)
    assert told.round().marks is marks


def test_taking_back_is_the_way_in_backwards() -> None:
    events: list[Event] = [
        Mark(0, (3,)),
        step(0),
        Mark(1, (4,), (5,)),
        Mark(0, (), (3,)),
        step(0),
        Mark(1, clear=(4,)),
    ]
    told = history(*events)
    states = [(told.at, [each.marks for each in told.rounds])]
    for count in range(len(events) - 1, -1, -1):
        told.revert()
        before = history(*events[:count])
        assert [each.marks for each in told.rounds] == [each.marks for each in before.rounds]
        assert told.events == before.events
        states.append((told.at, [each.marks for each in told.rounds]))
    assert [at for at, _ in states] == [1, 1, 0, 0, 1, 0, 0]


@pytest.mark.parametrize("kept", [0, 2, 4])
def test_what_differs_is_taken_back_and_in(kept: int) -> None:
    events: list[Event] = [Mark(0, (3,)), step(0), Mark(1, (4,), (5,)), step(1)]
    others = [*events[:kept], Mark(0, (7,)), step(0, "bayes")]
    history_ = history(*events)
    rounds = history_.rounds[: 1 + kept // 2]
    history_.synchronise(others)
    expected = history(*others)
    assert (history_.events, history_.at) == (expected.events, expected.at)
    assert [each.marks for each in history_.rounds] == [each.marks for each in expected.rounds]
    assert history_.rounds[: len(rounds)] == rounds


def test_the_events_that_led_to_a_round() -> None:
    events: list[Event] = [
        Mark(0, (3,)),
        step(0),
        Mark(1, (4,)),
        step(0, "bayes"),
        Mark(2, (5,)),
        step(2),
        Mark(0, (6,)),
        Mark(3, (7,)),
    ]
    told = history(*events)
    assert told.events_until(told.round(3)) == [
        Mark(0, (3,)),
        step(0, "bayes"),
        Mark(1, (5,)),
        step(1),
        Mark(0, (6,)),
        Mark(2, (7,)),
    ]
    assert told.events_until(told.round(0)) == [Mark(0, (3,)), Mark(0, (6,))]


@pytest.mark.parametrize("number", [-1, 2, 10**30])
def test_no_such_round(number: int) -> None:
    with pytest.raises(InputError, match="its rounds are 0 to 1"):
        history(step(0)).round(number)


@pytest.mark.parametrize("event", [Mark(1, (3,)), step(1), step(-1)])
def test_what_cannot_have_happened(event: Event) -> None:
    with pytest.raises(InputError, match="has no round"):
        history(event)


def test_images_that_are_gone_are_left_out_but_not_forgotten() -> None:
    told = history(Mark(0, (3, 99), (98,), 97), step(0), Mark(1, clear=(99,)))
    assert told.round(0).marks == Marks((3,))
    assert told.missing_images == {97, 98, 99}
    assert told.events[0] == Mark(0, (3, 99), (98,), 97)
    told.revert()
    assert told.missing_images == {97, 98, 99}


def test_a_step_that_can_no_longer_be_taken_leaves_the_ranking() -> None:
    told = History(ground(4), [step(0, "pseudo"), step(1)])
    assert "could not be done again" in told.round(1).summary
    with pytest.raises(InputError):
        told.preview(step(0, "pseudo"))
