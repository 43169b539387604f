import numpy as np
import pytest

from firs.errors import InputError
from firs.session.events import Mark, Next
from firs.session.history import RoundBuilder, first_round
from tests.session.grounds import ground, ids, same, session


def step(method: str = "auto", shown: int = 20, *, again: bool = True, strength: float = 1) -> Next:
    return Next(0, method, strength, shown, again)


def test_the_first_round_is_what_the_query_finds() -> None:
    given = ground()
    made = first_round(given)
    np.testing.assert_array_equal(made.scores, given.query_scores)
    assert (made.number, made.parent, made.method, made.summary) == (
        0,
        None,
        "search",
        "the query alone",
    )


def test_a_step_tells_how_it_was_made() -> None:
    given = ground()
    first = first_round(given)
    made = RoundBuilder().build(step("rocchio", 7, strength=0.5), first, 3)
    assert (made.number, made.parent, made.method) == (3, first, "rocchio")
    assert (made.strength, made.shown) == (0.5, 7)


def test_what_is_crossed_is_left_out_and_what_is_ticked_is_not() -> None:
    talk = session()
    one, two = ids(talk.round, 2)
    talk.mark(relevant=[one], irrelevant=[two])
    assert one in ids(talk.next("none"), 40)
    assert two not in ids(talk.round, 40)
    assert len(talk.round) == 39


def test_what_was_seen_is_not_shown_again_but_what_was_meant_is() -> None:
    talk = session()
    first = ids(talk.round, 5)
    talk.mark(relevant=[first[1]], found=first[2])
    talk.next("none", shown=5, again=False)
    assert set(first) - set(ids(talk.round, 40)) == set(first) - {first[2]}
    second = ids(talk.round, 3)
    talk.next("none", shown=3, again=False)
    assert not (set(first) | set(second)) - {first[2]} & set(ids(talk.round, 40))
    assert len(talk.next("none")) == 40


def test_what_was_crossed_by_mistake_comes_back() -> None:
    talk = session()
    [one] = ids(talk.round, 1)
    talk.mark(irrelevant=[one])
    talk.next("none")
    assert one not in ids(talk.round, 40)
    talk.mark(clear=[one])
    assert one in ids(talk.next("none"), 40)


def test_a_page_is_looked_at_as_far_as_it_was_shown() -> None:
    few, many = session(), session()
    for talk, shown in ((few, 3), (many, 30)):
        talk.mark(relevant=[ids(talk.round, 1)[0]])
        talk.next("bayes", shown=shown)
    assert np.abs(few.round.scores - many.round.scores).max() > 0.01


def test_a_mark_overruled_later_no_longer_counts() -> None:
    changed, never = session(), session()
    one, two = ids(changed.round, 2)
    changed.mark(relevant=[one, two])
    changed.next("none")
    changed.mark(clear=[one])
    never.mark(relevant=[two])
    never.next("none")
    for method in ("rocchio", "classifier", "bayes"):
        one_way, other = (talk.next(method, round=1).scores for talk in (changed, never))
        np.testing.assert_array_equal(one_way, other)


def test_a_page_of_a_round_that_was_undone_is_not_remembered() -> None:
    undone, straight = session(), session()
    tick = ids(undone.round, 4)[3]
    undone.next("pseudo", shown=10)
    undone.mark(relevant=[tick])
    undone.next("bayes", shown=5)
    for _ in range(3):
        undone.undo()
    for talk in (undone, straight):
        talk.next("none", shown=10)
        talk.mark(relevant=[tick])
        talk.next("bayes", shown=5)
    same(undone, straight)


def test_a_method_that_needs_more_images_says_so() -> None:
    given = ground(4)
    builder, first = RoundBuilder(), first_round(given)
    with pytest.raises(InputError, match="must be from 1 to 2, not 3"):
        builder.build(step("pseudo"), first, 1)
    again = builder.rebuild(step("pseudo"), first, 1)
    assert again.summary.startswith("pseudo could not be done again, so the ranking stays: ")
    np.testing.assert_array_equal(again.scores, first.scores)


def test_a_method_that_is_none_is_none_again() -> None:
    given = ground()
    builder, first = RoundBuilder(), first_round(given)
    for take in (builder.build, builder.rebuild):
        with pytest.raises(InputError, match="no feedback called 'wish'"):
            take(step("wish"), first, 1)
        with pytest.raises(InputError, match="from 0 to 10"):
            take(step(strength=11), first, 1)


@pytest.mark.parametrize("method", ["auto", "rocchio", "bayes", "classifier", "softmax", "none"])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("again", [True, False])
def test_very_few_images_all_crossed_or_all_ticked(method: str, count: int, again: bool) -> None:
    for side in ("relevant", "irrelevant"):
        talk = session(count)
        talk.mark(**{side: ids(talk.round, count)})  # type: ignore[arg-type]
        made = talk.next(method, shown=99, again=again)
        assert len(made) == (count if side == "relevant" and again else 0)
        assert len(talk.next(method, shown=99, again=again)) == len(made)


def test_marks_count_on_the_round_on_which_they_were_given() -> None:
    """Two picks on two pages are not the same as both on one."""
    apart, together = session(), session()
    one, two = ids(apart.round, 2)
    apart.mark(relevant=[one])
    apart.next("none", shown=5)
    apart.mark(relevant=[two])
    together.mark(relevant=[one, two])
    together.next("none", shown=5)
    assert "shown next to them" in apart.next().summary
    assert "2 ticks and 0 crosses" in together.next().summary


def test_marks_are_events() -> None:
    talk = session()
    talk.mark(relevant=[3])
    assert talk.to_json()["events"] == [
        {"kind": "mark", "round": 0, "relevant": (3,), "irrelevant": (), "found": None, "clear": ()}
    ]
    assert Mark(0, (3,)) in talk._history.events
