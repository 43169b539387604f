import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.measures import ranks_in
from firs.evaluation.strategies.interactive import Pseudo
from firs.feedback.pseudo import extremes
from firs.feedback.rocchio import Rocchio
from tests.evaluation.benches import small_bench

BENCH = small_bench()
BLOCK = np.arange(len(BENCH.query_captions))


def test_a_query_at_the_breaking_rank_is_not_refined() -> None:
    before, after = Pseudo(b=2).start(BENCH).answers(BLOCK)
    ranks = ranks_in(before, BENCH.relevant).first
    assert 0 < np.sum(ranks <= 2) < len(ranks)
    np.testing.assert_array_equal(after[ranks <= 2], before[ranks <= 2])
    assert np.all(np.any(after[ranks > 2] != before[ranks > 2], axis=1))


def test_a_round_is_rocchio_on_the_best_and_the_worst() -> None:
    before, after = Pseudo(p=4, b=0, alpha=0.9).start(BENCH).answers(BLOCK)
    best, worst = extremes(before, 4)
    moved = Rocchio(0.9).move(BENCH.queries, BENCH.images[best], BENCH.images[worst])
    np.testing.assert_allclose(after, moved @ BENCH.images.T, atol=1e-6)


def test_rounds_after_the_first_search() -> None:
    assert len(list(Pseudo(rounds=0).start(BENCH).answers(BLOCK))) == 1
    assert len(list(Pseudo(rounds=2).start(BENCH).answers(BLOCK))) == 3


def test_a_query_stops_once_it_has_reached_the_breaking_rank() -> None:
    _, first, second = Pseudo(b=1, rounds=2).start(BENCH).answers(BLOCK)
    arrived = ranks_in(first, BENCH.relevant).first <= 1
    np.testing.assert_array_equal(second[arrived], first[arrived])


def test_over_bits_it_starts_from_the_bits_ranking() -> None:
    before, after = Pseudo(b=0, over="bits-mean").start(BENCH).answers(BLOCK)
    assert np.all(before == np.round(before)), "minus a number of bits"
    assert np.any(after != before)


def test_all_found_leaves_nothing_to_refine() -> None:
    before, after = Pseudo(b=60).start(BENCH).answers(BLOCK)
    np.testing.assert_array_equal(before, after)


def test_what_it_cannot_go_over() -> None:
    with pytest.raises(InputError, match="cannot go over the strategy 'pseudo'"):
        Pseudo(over="pseudo").start(BENCH)
    with pytest.raises(InputError, match="P must be from 1 to 30"):
        list(Pseudo(p=31).start(BENCH).answers(BLOCK))
