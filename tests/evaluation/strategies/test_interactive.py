import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.measures import ranks_in, rounds_to_success
from firs.evaluation.strategies import StrategyCall
from firs.evaluation.strategies.interactive import Interactive, Pseudo
from firs.feedback.pseudo import extremes
from firs.feedback.rocchio import Rocchio
from tests.evaluation.evaluation_sets import small_evaluation_set

SMALL = small_evaluation_set()
BLOCK = np.arange(len(SMALL.query_captions))


def make_strategy(text: str) -> Interactive:
    strategy = StrategyCall.parse(text).make()
    assert isinstance(strategy, Interactive)
    return strategy


def share_found(strategy: Interactive) -> list[float]:
    rounds = [ranks_in(scores, SMALL.relevant) for scores in strategy.start(SMALL).answers(BLOCK)]
    needed = rounds_to_success(rounds, strategy.shown)
    return [float(np.mean(needed <= number)) for number in range(len(rounds))]


def first_lost(scores: np.ndarray, shown: int) -> int:
    """The first query whose image is not on the first page."""
    return int(np.flatnonzero(ranks_in(scores, SMALL.relevant).first > shown)[0])


@pytest.mark.parametrize("method", ["auto", "rocchio", "bayes", "classifier", "next-page"])
def test_with_every_round_more_is_found(method: str) -> None:
    found = share_found(make_strategy(f"{method}(shown=5,rounds=4)"))
    assert len(found) == 5
    assert np.all(np.diff(found) >= 0)
    assert found[-1] > found[0]


def test_scores_do_not_change_after_the_target_is_found() -> None:
    first, second, *_ = make_strategy("rocchio(shown=5)").start(SMALL).answers(BLOCK)
    found = ranks_in(first, SMALL.relevant).first <= 5
    np.testing.assert_array_equal(first[found], second[found])


def test_an_impatient_user_gives_up() -> None:
    patient = share_found(make_strategy("rocchio(shown=5,rounds=4)"))
    impatient = share_found(make_strategy("rocchio(shown=5,rounds=4,patience=2)"))
    assert impatient == [*patient[:3], patient[2], patient[2]]


def test_seen_images_go_to_the_end() -> None:
    first, second = make_strategy("rocchio(shown=5,rounds=1)").start(SMALL).answers(BLOCK)
    lost = first_lost(first, 5)
    seen = np.argsort(-first[lost], kind="stable")[:5]
    assert np.flatnonzero(np.isneginf(second[lost])).tolist() == sorted(seen.tolist())


def test_shown_again_nothing_goes_to_the_end() -> None:
    for scores in make_strategy("rocchio(shown=5,rounds=2,again=true)").start(SMALL).answers(BLOCK):
        assert np.isfinite(scores).all()


def test_a_rejected_page_moves_all_others_up() -> None:
    first, second = make_strategy("auto(user=passing,shown=1,rounds=1)").start(SMALL).answers(BLOCK)
    before, after = (ranks_in(scores, SMALL.relevant).first for scores in (first, second))
    np.testing.assert_array_equal(after, np.where(before > 1, before - 1, 1))


def test_without_marks_nothing_moves() -> None:
    first, second = (
        make_strategy("auto(user=silent,rounds=1,again=true)").start(SMALL).answers(BLOCK)
    )
    np.testing.assert_array_equal(first, second)


def test_parameters_of_the_method_and_the_user_are_combined() -> None:
    assert make_strategy("rocchio(beta=1,shown=5)") == Interactive("rocchio(beta=1)", shown=5)
    assert make_strategy("next-page") == Interactive("none")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rocchio(say=1)", "no parameter 'say'; it has: user, shown"),
        ("rocchio(beta=-1)", "β=-1"),
        ("bayes(shown=0)", "not shown=0"),
        ("bayes(strength=11)", "strength of feedback is from 0 to 10"),
    ],
)
def test_invalid_feedback_is_rejected(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_strategy(text)


def test_an_unknown_user_is_rejected() -> None:
    with pytest.raises(InputError, match="no user called 'nobody'"):
        Interactive(user="nobody").start(SMALL)


def test_a_query_at_the_breaking_rank_is_not_refined() -> None:
    before, after = Pseudo(b=2).start(SMALL).answers(BLOCK)
    ranks = ranks_in(before, SMALL.relevant).first
    assert 0 < np.sum(ranks <= 2) < len(ranks)
    np.testing.assert_array_equal(after[ranks <= 2], before[ranks <= 2])
    assert np.all(np.any(after[ranks > 2] != before[ranks > 2], axis=1))


def test_a_round_is_rocchio_on_the_best_and_the_worst() -> None:
    before, after = Pseudo(p=4, b=0, alpha=0.9).start(SMALL).answers(BLOCK)
    best, worst = extremes(before, 4)
    moved = Rocchio(0.9).move(SMALL.queries, SMALL.images[best], SMALL.images[worst])
    np.testing.assert_allclose(after, moved @ SMALL.images.T, atol=1e-6)


def test_rounds_after_the_first_search() -> None:
    assert len(list(Pseudo(rounds=0).start(SMALL).answers(BLOCK))) == 1
    assert len(list(Pseudo(rounds=2).start(SMALL).answers(BLOCK))) == 3


def test_a_query_stops_once_it_has_reached_the_breaking_rank() -> None:
    _, first, second = Pseudo(b=1, rounds=2).start(SMALL).answers(BLOCK)
    arrived = ranks_in(first, SMALL.relevant).first <= 1
    np.testing.assert_array_equal(second[arrived], first[arrived])


def test_over_bits_it_starts_from_the_bits_ranking() -> None:
    before, after = Pseudo(b=0, over="bits-mean").start(SMALL).answers(BLOCK)
    assert np.all(before == np.round(before)), "minus a number of bits"
    assert np.any(after != before)


def test_all_found_leaves_nothing_to_refine() -> None:
    before, after = Pseudo(b=60).start(SMALL).answers(BLOCK)
    np.testing.assert_array_equal(before, after)


def test_pseudo_feedback_rejects_other_bases() -> None:
    with pytest.raises(InputError, match="cannot go over the strategy 'pseudo'"):
        Pseudo(over="pseudo").start(SMALL)
    with pytest.raises(InputError, match="P must be from 1 to 30"):
        list(Pseudo(p=31).start(SMALL).answers(BLOCK))
