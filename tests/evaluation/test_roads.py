from dataclasses import replace

import numpy as np

from firs.encoders import Vectors
from firs.evaluation.measures import ScoreRows
from firs.evaluation.searchers import (
    FloatSearcher,
    collection_agreement,
    index_agreement,
    milliseconds,
)
from tests.evaluation.benches import small_bench

BENCH = small_bench()


class WrongScores(FloatSearcher):
    """Says other scores than its index."""

    def scores(self, queries: Vectors) -> ScoreRows:
        return super().scores(queries)[:, ::-1]


def test_an_index_that_agrees() -> None:
    assert index_agreement(FloatSearcher(BENCH.images), BENCH, seed=0) == 1


def test_an_index_that_does_not() -> None:
    assert index_agreement(WrongScores(BENCH.images), BENCH, seed=0) < 0.1


def test_equals_may_stand_in_any_order() -> None:
    twins = replace(BENCH, images=np.repeat(BENCH.images[:30], 2, axis=0))
    assert index_agreement(FloatSearcher(twins.images), twins, seed=0) == 1


def test_without_a_collection_there_is_nothing_to_agree_with() -> None:
    assert collection_agreement(FloatSearcher(BENCH.images), BENCH, seed=0) is None


def test_a_search_takes_some_time() -> None:
    assert milliseconds(FloatSearcher(BENCH.images), BENCH) > 0
