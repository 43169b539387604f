import numpy as np
import pytest

from firs.evaluation.searchers import BitSearcher, EntrySearcher, FloatSearcher, Searcher
from firs.feedback.base import best
from firs.hashing.per_vector import above_mean, above_median
from tests.evaluation.benches import small_bench

BENCH = small_bench()
SEARCHERS: dict[str, Searcher] = {
    "float": FloatSearcher(BENCH.images),
    "mean": BitSearcher(BENCH.images, above_mean),
    "median": BitSearcher(BENCH.images, above_median),
    "entries": EntrySearcher(small_bench(indexed_captions=2)),
}


@pytest.mark.parametrize("name", SEARCHERS)
def test_scores_say_what_the_index_says(name: str) -> None:
    searcher = SEARCHERS[name]
    scores = searcher.scores(BENCH.queries)
    places, found = searcher.search(BENCH.queries, 10)
    assert scores.shape == (180, 60)
    assert scores.dtype == np.float32
    np.testing.assert_array_equal(best(scores, 10), places)
    np.testing.assert_allclose(np.take_along_axis(scores, places, axis=1), found, atol=1e-5)


def test_bytes_a_vector() -> None:
    sizes = {name: searcher.bytes_per_vector for name, searcher in SEARCHERS.items()}
    assert sizes == {"float": 64, "mean": 8, "median": 8, "entries": 64}


def test_a_caption_that_joined_lifts_its_image() -> None:
    evaluation_set = small_bench(indexed_captions=2)
    alone = FloatSearcher(evaluation_set.images).scores(evaluation_set.queries)
    together = EntrySearcher(evaluation_set).scores(evaluation_set.queries)
    assert np.all(together >= alone - 1e-6)
    assert np.any(together > alone + 0.01)
