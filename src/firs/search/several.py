"""Several encoders: each answers the query among its own vectors, and the rankings are fused.

What one encoder has no vectors of stands in the others' rankings, and gets from its list what the
fusion gives to what a list lacks.
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
    """Find the ``k`` images that answer a query best by several encoders.

    Args:
        query: as for :func:`firs.search.answer`.
        searchers: what is searched, one an encoder; a single one is searched as it is.
        k: how many; fewer where there are fewer.
        strategy: how each encoder answers a query of several terms.
        fusion: a name in ``firs.fusion.FUSIONS``, or a fusion; ``combsum-z-score`` without it.
        weights: how much each encoder's ranking counts, one a space; 1 each without them.

    Returns:
        The fused ranking; its parts are the encoders' rankings.

    Raises:
        InputError: the query only says what not to find, an id is unknown, ``k`` is below 1,
            there is no such way or fusion, or the weights do not fit.
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
