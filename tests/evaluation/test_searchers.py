from dataclasses import replace

import numpy as np
import pytest

from firs.encoders import Vectors
from firs.errors import InputError
from firs.evaluation.measures import ScoreRows
from firs.evaluation.searchers import (
    BitSearcher,
    EntrySearcher,
    FloatSearcher,
    RescoringSearcher,
    Searcher,
    collection_agreement,
    hash_searcher,
    index_agreement,
    milliseconds,
)
from firs.feedback.base import best
from firs.hashing.levels import Levels
from firs.hashing.per_vector import above_mean, above_median
from firs.hashing.signs import Itq
from tests.evaluation.evaluation_sets import small_evaluation_set

SMALL = small_evaluation_set()
SEARCHERS: dict[str, Searcher] = {
    "float": FloatSearcher(SMALL.images),
    "mean": BitSearcher(SMALL.images, above_mean),
    "median": BitSearcher(SMALL.images, above_median),
    "entries": EntrySearcher(small_evaluation_set(indexed_captions=2)),
}

TRAINED = Itq.train(SMALL.images, SMALL.queries)
CODES = hash_searcher(SMALL.images, TRAINED, by_bits=False)
BITS = hash_searcher(SMALL.images, TRAINED, by_bits=True)
HASH_SEARCHERS: dict[str, Searcher] = {
    "asymmetric": CODES,
    "hamming": BITS,
    "rescored": RescoringSearcher(CODES, SMALL.images, 20),
    "bits rescored": RescoringSearcher(BITS, SMALL.images, 20),
    "rescored from int8": RescoringSearcher(CODES, SMALL.images, 20, "int8"),
}


@pytest.mark.parametrize("name", [*SEARCHERS, *HASH_SEARCHERS])
def test_scores_agree_with_the_index(name: str) -> None:
    searcher = (SEARCHERS | HASH_SEARCHERS)[name]
    scores = searcher.scores(SMALL.queries)
    images, found = searcher.search(SMALL.queries, 10)
    assert scores.shape == (180, 60)
    assert scores.dtype == np.float32
    np.testing.assert_array_equal(best(scores, 10), images)
    np.testing.assert_allclose(np.take_along_axis(scores, images, axis=1), found, atol=1e-5)


def test_bytes_per_vector() -> None:
    sizes = {name: searcher.bytes_per_vector for name, searcher in SEARCHERS.items()}
    assert sizes == {"float": 64, "mean": 8, "median": 8, "entries": 64}


def test_an_indexed_caption_raises_its_image() -> None:
    evaluation_set = small_evaluation_set(indexed_captions=2)
    alone = FloatSearcher(evaluation_set.images).scores(evaluation_set.queries)
    together = EntrySearcher(evaluation_set).scores(evaluation_set.queries)
    assert np.all(together >= alone - 1e-6)
    assert np.any(together > alone + 0.01)


@pytest.mark.parametrize(("storage", "tolerance"), [("float16", 1e-3), ("int8", 2e-2)])
def test_rescoring_all_gives_the_float_scores(storage: str, tolerance: float) -> None:
    floats = FloatSearcher(SMALL.images).scores(SMALL.queries)
    rescored = RescoringSearcher(BITS, SMALL.images, 10**6, storage).scores(SMALL.queries)
    np.testing.assert_allclose(rescored, floats, atol=tolerance)


def test_images_not_rescored_keep_their_order() -> None:
    rows = RescoringSearcher(CODES, SMALL.images, 5).scores(SMALL.queries)
    coarse = CODES.scores(SMALL.queries)
    np.testing.assert_array_equal(np.sort(best(rows, 5)), np.sort(best(coarse, 5)))
    np.testing.assert_array_equal(best(rows, 30)[:, 5:], best(coarse, 30)[:, 5:])


def test_bytes_per_vector_of_codes() -> None:
    assert [each.bytes_per_vector for each in HASH_SEARCHERS.values()] == [8, 8, 40, 40, 24]


def test_bits_alone_have_a_hamming_distance() -> None:
    trained = Levels.train(SMALL.images, SMALL.queries)
    with pytest.raises(InputError, match="single bits, not of one of 4 levels"):
        hash_searcher(SMALL.images, trained, by_bits=True)


class WrongScores(FloatSearcher):
    """Says other scores than its index."""

    def scores(self, queries: Vectors) -> ScoreRows:
        return super().scores(queries)[:, ::-1]


def test_an_index_that_agrees() -> None:
    assert index_agreement(FloatSearcher(SMALL.images), SMALL, seed=0) == 1


def test_an_index_that_does_not() -> None:
    assert index_agreement(WrongScores(SMALL.images), SMALL, seed=0) < 0.1


def test_tied_images_may_be_in_any_order() -> None:
    view = replace(SMALL.views[0], images=np.repeat(SMALL.images[:30], 2, axis=0))
    twins = replace(SMALL, views=(view,))
    assert index_agreement(FloatSearcher(twins.images), twins, seed=0) == 1


def test_without_a_collection_there_is_no_agreement() -> None:
    assert collection_agreement(FloatSearcher(SMALL.images), SMALL, seed=0) is None


def test_a_search_takes_some_time() -> None:
    assert milliseconds(FloatSearcher(SMALL.images), SMALL) > 0
