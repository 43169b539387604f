"""Search with several encoders: rank by each encoder's embeddings, then fuse the rankings.

An image without an embedding of one encoder can still be found by another; the fusion method
decides what a missing image scores.
"""

from collections.abc import Sequence

from firs.errors import InputError
from firs.fusion import Fusion, fuse
from firs.query import Query
from firs.ranking import Ranking
from firs.search import DEFAULT, EmbeddingSearcher, QueryStrategy, search

FUSION = "combsum-z-score"
DEPTH = 1_000
"""Images of each encoder's ranking that are fused, or k where that is more."""


def search_with_all(
    query: Query,
    searchers: Sequence[EmbeddingSearcher],
    k: int = 20,
    strategy: str | QueryStrategy = DEFAULT,
    fusion: str | Fusion | None = None,
    weights: Sequence[float] | None = None,
) -> Ranking:
    """Return the ``k`` images that match a query best according to several encoders.

    Args:
        query: as for :func:`firs.search.search`.
        searchers: one per encoder; a single one is searched without fusion.
        k: number of images; fewer if there are fewer.
        strategy: how each encoder searches a query of several terms.
        fusion: a name in ``firs.fusion.FUSIONS`` or a fusion method; default ``combsum-z-score``.
        weights: weight of each encoder's ranking; default 1.

    Returns:
        The fused ranking; its parts are the encoders' rankings.

    Raises:
        InputError: the query has no positive term, an id is unknown, ``k`` is below 1, the strategy
            or fusion is unknown, or the number of weights is wrong.
        ImageError: an example cannot be read.
    """
    if k < 1:
        raise InputError(f"k must be 1 or more, not {k}.")
    if weights is not None and len(weights) != len(searchers):
        raise InputError(f"{len(searchers)} encoders need a weight each, not {len(weights)}.")
    if len(searchers) == 1:
        return search(query, searchers[0], k, strategy)
    depth = max(DEPTH, k)
    rankings = [search(query, space, depth, strategy) for space in searchers]
    return fuse(rankings, fusion or FUSION, weights)[:k]
