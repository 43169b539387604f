import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.searchers import FloatSearcher, RescoringSearcher, Searcher, hash_searcher
from firs.feedback.base import best
from firs.hashing.levels import Levels2
from firs.hashing.signs import Itq
from tests.evaluation.benches import small_bench

BENCH = small_bench()
TRAINED = Itq.train(BENCH.images, BENCH.queries)
CODES = hash_searcher(BENCH.images, TRAINED, by_bits=False)
BITS = hash_searcher(BENCH.images, TRAINED, by_bits=True)
SEARCHERS: dict[str, Searcher] = {
    "asymmetric": CODES,
    "hamming": BITS,
    "rescored": RescoringSearcher(CODES, BENCH.images, 20),
    "bits rescored": RescoringSearcher(BITS, BENCH.images, 20),
    "rescored from int8": RescoringSearcher(CODES, BENCH.images, 20, "int8"),
}


@pytest.mark.parametrize("name", SEARCHERS)
def test_scores_say_what_a_search_says(name: str) -> None:
    searcher = SEARCHERS[name]
    scores = searcher.scores(BENCH.queries)
    places, found = searcher.search(BENCH.queries, 10)
    assert scores.shape == (180, 60)
    assert scores.dtype == np.float32
    np.testing.assert_array_equal(best(scores, 10), places)
    np.testing.assert_allclose(np.take_along_axis(scores, places, axis=1), found, atol=1e-5)


def test_all_rescored_is_what_floats_say() -> None:
    floats = FloatSearcher(BENCH.images).scores(BENCH.queries)
    rescored = RescoringSearcher(BITS, BENCH.images, 10**6).scores(BENCH.queries)
    np.testing.assert_allclose(rescored, floats, atol=1e-3)


def test_what_is_not_rescored_keeps_its_order_below() -> None:
    rows = RescoringSearcher(CODES, BENCH.images, 5).scores(BENCH.queries)
    coarse = CODES.scores(BENCH.queries)
    np.testing.assert_array_equal(np.sort(best(rows, 5)), np.sort(best(coarse, 5)))
    np.testing.assert_array_equal(best(rows, 30)[:, 5:], best(coarse, 30)[:, 5:])


def test_bytes_a_vector() -> None:
    assert [each.bytes_per_vector for each in SEARCHERS.values()] == [8, 8, 40, 40, 28]


def test_bits_alone_have_a_hamming_distance() -> None:
    trained = Levels2.train(BENCH.images, BENCH.queries)
    with pytest.raises(InputError, match="single bits, not of one of 4 levels"):
        hash_searcher(BENCH.images, trained, by_bits=True)
