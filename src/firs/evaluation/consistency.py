"""The road a person takes, timed and checked against the full rankings that are measured.

Full rankings come from one matrix product a block (see ``firs.evaluation.searchers``). A person
is answered by an index, or by a collection's ``search``. Both must agree, so some queries
are run both ways in every experiment.
"""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.ranks import Places
from firs.evaluation.searchers import Searcher
from firs.feedback.base import best

CHECKED = 20
TIMED = 30
FIRST = 10
CLOSE = 2e-3
"""Half precision, in which collections and indexes may keep vectors, moves a cosine so much."""

_Asked = Callable[[int], tuple[Places, NDArray[np.float32]]]


def milliseconds(searcher: Searcher, evaluation_set: EvaluationSet) -> float:
    """Median time of one query for the first 10 images, through the index."""
    taken = []
    for query in range(min(TIMED, len(evaluation_set.queries))):
        start_time = time.perf_counter()
        searcher.search(evaluation_set.queries[query : query + 1], FIRST)
        taken.append(time.perf_counter() - start_time)
    return 1000 * float(np.median(taken[1:] or taken))


def index_agreement(searcher: Searcher, evaluation_set: EvaluationSet, seed: int) -> float:
    """Share of some queries that the index answers as the full ranking does."""

    def asked(query: int) -> tuple[Places, NDArray[np.float32]]:
        places, scores = searcher.search(evaluation_set.queries[query : query + 1], FIRST)
        return places[0], scores[0]

    return _agreement(asked, searcher, evaluation_set, seed)


def collection_agreement(
    searcher: Searcher, evaluation_set: EvaluationSet, seed: int
) -> float | None:
    """Return the same for the collection's ``search``; ``None`` if it has other images too."""
    collection, ids = evaluation_set.collection, evaluation_set.ids
    if collection is None or ids is None or len(collection) != len(np.unique(ids)):
        return None
    place_of = {int(id_): place for place, id_ in enumerate(ids)}

    def asked(query: int) -> tuple[Places, NDArray[np.float32]]:
        caption = evaluation_set.dataset.captions[evaluation_set.asked[query]]
        ranking = collection.search(caption, k=FIRST, use_calibration=False)
        return np.array([place_of[int(id_)] for id_ in ranking.ids]), ranking.scores

    return _agreement(asked, searcher, evaluation_set, seed)


def _agreement(
    asked: _Asked, searcher: Searcher, evaluation_set: EvaluationSet, seed: int
) -> float:
    count = min(CHECKED, len(evaluation_set.queries))
    queries = np.random.default_rng(seed).choice(
        len(evaluation_set.queries), size=count, replace=False
    )
    rows = searcher.scores(evaluation_set.queries[queries])
    firsts = best(rows, min(FIRST, rows.shape[1]))
    same = [
        _same(row, first, *asked(int(query)))
        for query, row, first in zip(queries, rows, firsts, strict=True)
    ]
    return float(np.mean(same))


def _same(
    row: NDArray[np.float32], first: Places, places: Places, scores: NDArray[np.float32]
) -> bool:
    """Whether both put images with the same scores first; which of equals comes first is free."""
    return np.allclose(row[places], scores, atol=CLOSE) and np.allclose(
        row[first], row[places], atol=CLOSE
    )
