from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from firs.calibration import Calibration
from firs.errors import InputError
from firs.feedback import FeedbackResult
from firs.session import Session
from firs.session.context import SearchContext
from firs.session.events import CurrentMark, Marks
from firs.session.round import HEAD, Round
from tests.session.grounds import ground, ids, session


def round_of(scores: NDArray[np.float32], **given: object) -> Round:
    verdict = FeedbackResult(scores.astype(np.float32), "told")
    return Round(0, None, "search", 1.0, 0, verdict, ground(len(scores)), **given)  # type: ignore[arg-type]


def tied(count: int, seed: int = 0) -> NDArray[np.float32]:
    """Scores of which many are equal."""
    return np.random.default_rng(seed).integers(0, 9, count).astype(np.float32)


@pytest.mark.parametrize("count", [1, 2, 40, HEAD, HEAD + 1, 3 * HEAD])
def test_the_best_first_and_of_equals_the_earlier(count: int) -> None:
    scores = tied(count)
    made = round_of(scores)
    order = np.argsort(-scores, kind="stable").tolist()
    assert len(made) == count
    for start, many in [(0, 20), (0, count), (count // 2, 30), (count - 1, 5), (count, 3), (0, 0)]:
        assert made.places(start, many).tolist() == order[start : start + many]


@pytest.mark.parametrize("count", [1, 40, 3 * HEAD])
def test_ranks_are_the_places_in_the_order(count: int) -> None:
    hidden = np.arange(0, count, 7)
    made = round_of(tied(count), hidden=hidden)
    order = made.places(0, count).tolist()
    expected = {place: rank for rank, place in enumerate(order, start=1)}
    assert made.ranks(range(count)) == [expected.get(place) for place in range(count)]
    assert not set(expected) & set(hidden.tolist())


def test_the_rank_of_an_image_by_its_id() -> None:
    made = round_of(tied(40), hidden=np.array([3]))
    assert [made.rank(id_) for id_ in ids(made, 40)] == list(range(1, 40))
    assert made.rank(4) is None
    assert made.rank(99) is None


def test_what_is_left_out_is_nowhere() -> None:
    scores = np.array([3, -np.inf, 5, 4], np.float32)
    made = round_of(scores, hidden=np.array([2]))
    assert len(made) == 2
    assert made.places(0, 9).tolist() == [3, 0]
    assert made.ranks([0, 1, 2, 3]) == [2, None, None, 1]
    assert scores[2] == 5


def test_a_round_in_which_nothing_is_left_is_still_one() -> None:
    made = round_of(tied(3), hidden=np.arange(3))
    assert made
    assert len(made) == 0
    assert made.results() == []
    assert made.ranks([1]) == [None]


@pytest.mark.parametrize(("start", "count"), [(-1, 5), (0, -1)])
def test_results_are_read_from_0_on(start: int, count: int) -> None:
    with pytest.raises(InputError, match="are 0 or more"):
        round_of(tied(5)).results(start, count)


def test_results_tell_rank_score_and_place() -> None:
    made = round_of(np.array([1, 3, 2], np.float32))
    first, second = made.results(0, 2)
    assert (first.hit.rank, first.hit.id, first.hit.score) == (1, 2, 3.0)
    assert (second.hit.rank, second.hit.path) == (2, Path("3.jpg"))
    assert (first.previous_rank, first.mark, first.seen, first.mark_influences) == (
        None,
        None,
        False,
        (),
    )
    assert [each.hit.rank for each in made.results(1, 5)] == [2, 3]


def test_nothing_is_said_of_chances_where_scores_are_not_known_to_mean_anything() -> None:
    made = round_of(tied(200))
    assert (made.results()[0].probability, made.is_weak, made.credible_set_size) == (
        None,
        None,
        None,
    )


def test_chances_of_the_first_round_and_of_no_later_one() -> None:
    made = Session(replace(ground(200), calibration=Calibration(5.0, min_top_score_gap=0.0)))
    first = made.round
    chances = [each.probability or 0 for each in first.results(0, 200)]
    assert sum(chances) == pytest.approx(1)
    assert chances == sorted(chances, reverse=True)
    assert first.credible_set_size is not None
    assert (
        sum(chances[: first.credible_set_size]) >= 0.9 > sum(chances[: first.credible_set_size - 1])
    )
    assert first.is_weak is not None
    assert first.results(7, 1)[0].probability == chances[7]
    made.mark(relevant=[3])
    after = made.next("rocchio")
    assert (after.results()[0].probability, after.is_weak, after.credible_set_size) == (
        None,
        None,
        None,
    )


def test_nothing_matches_well_where_the_best_do_not_stand_out() -> None:
    of = ground(200)
    far, near = (replace(of, calibration=Calibration(5.0, least)) for least in (9.0, -9.0))
    assert Session(far).round.is_weak is True
    assert Session(near).round.is_weak is False


def test_how_much_was_read() -> None:
    made = round_of(tied(40))
    assert made.read == 0
    made.results(0, 10)
    made.results(5, 10)
    made.results(0, 3)
    assert made.read == 15
    made.results(30, 99)
    assert made.read == 40


def test_images_that_are_gone_meanwhile_are_skipped_and_keep_their_rank() -> None:
    given = ground(4)
    without = SearchContext(
        **{name: getattr(given, name) for name in SearchContext.__slots__}
        | {"paths": lambda ids: {id_: Path(f"{id_}.jpg") for id_ in ids if id_ != 2}}
    )
    made = Round(0, None, "search", 1.0, 0, FeedbackResult(tied(4), ""), without)
    ranks = [hit.rank for hit in (each.hit for each in made.results()) if hit.id != 2]
    assert len(ranks) == 3
    assert set(ranks) < {1, 2, 3, 4}


def test_a_result_tells_its_mark_its_old_rank_and_whether_it_was_seen() -> None:
    talk = session()
    first = ids(talk.round, 40)
    talk.mark(relevant=[first[4]], irrelevant=[first[0]])
    made = talk.next("rocchio", shown=5)
    talk.mark(relevant=[first[9]])
    told = {each.hit.id: each for each in made.results(0, 40)}
    assert first[0] not in told
    assert told[first[4]].mark == "relevant"
    assert told[first[9]].mark == "relevant"
    assert [id_ for id_ in first if id_ in told and told[id_].seen] == first[1:5]
    assert all(told[id_].previous_rank == first.index(id_) + 1 for id_ in told)


def test_why_an_image_moved_speaks_of_the_marks_that_made_the_round() -> None:
    talk = session()
    one, two, three = ids(talk.round, 3)
    talk.mark(relevant=[two])
    made = talk.next("rocchio")
    assert made.marks_used == {two: CurrentMark("relevant", 0)}
    talk.mark(irrelevant=[two], relevant=[one], round=0)
    talk.mark(relevant=[three], round=1)
    marks = {each.id for result in made.results(0, 40) for each in result.mark_influences}
    assert marks == {two}


@pytest.mark.parametrize("method", ["none", "softmax", "pseudo"])
def test_marks_that_nobody_read_moved_nothing(method: str) -> None:
    talk = session()
    talk.mark(relevant=ids(talk.round, 2))
    made = talk.next(method)
    assert all(result.mark_influences == () for result in made.results(0, 40))


def test_marks_of_no_strength_moved_nothing() -> None:
    talk = session()
    talk.mark(relevant=ids(talk.round, 2))
    assert all(each.mark_influences == () for each in talk.next("rocchio", 0).results())


def test_what_comes_back_was_not_pushed() -> None:
    talk = session()
    tick = ids(talk.round, 1)[0]
    talk.mark(relevant=[tick])
    talk.next("rocchio", again=False, shown=10)
    came = [each for each in talk.next("rocchio").results(0, 40) if each.previous_rank is None]
    assert {each.hit.id for each in came} == set(ids(talk.rounds[0], 10))
    assert all(why.weight > 0 for each in came for why in each.mark_influences)
    assert any(each.mark_influences for each in came)


def test_a_path_may_be_long() -> None:
    made = round_of(tied(6))
    for number in range(1, 2000):
        made = Round(number, made, "none", 1.0, 1, made.outcome, made.context)
    assert [each.number for each in made.path] == list(range(2000))
    assert made.current_marks() == {}
    assert len(made.viewed_places) == 1999
    assert made.results()[0].seen


def test_marks_of_the_path_hold() -> None:
    talk = session()
    one, two = ids(talk.round, 2)
    talk.mark(relevant=[one, two])
    talk.next()
    talk.mark(irrelevant=[two], clear=[one])
    assert talk.round.current_marks() == {two: CurrentMark("irrelevant", 1)}
    assert talk.rounds[0].current_marks() == {
        one: CurrentMark("relevant", 0),
        two: CurrentMark("relevant", 0),
    }
    assert talk.rounds[0].marks == Marks((one, two))
