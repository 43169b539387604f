"""Search: a query of texts and images → a ranking, by one of several query strategies."""

from collections.abc import Callable

from firs.query import Query
from firs.ranking import Ranking
from firs.registry import Registry
from firs.search.base import QueryStrategy, encode_terms
from firs.search.matrix import EmbeddingMatrix
from firs.search.searcher import EmbeddingSearcher, InMemoryImages

__all__ = [
    "DEFAULT",
    "QUERY_STRATEGIES",
    "EmbeddingMatrix",
    "EmbeddingSearcher",
    "InMemoryImages",
    "QueryStrategy",
    "load_strategy",
    "search",
]

DEFAULT = "early-fusion"

QUERY_STRATEGIES: Registry[Callable[[], QueryStrategy]] = Registry(
    "query strategy",
    {
        "early-fusion": "firs.search.strategies:EarlyFusion",
        "late-fusion": "firs.search.strategies:LateFusion",
        "rerank": "firs.search.strategies:Rerank",
    },
)


def load_strategy(name: str = DEFAULT) -> QueryStrategy:
    """Return the query strategy called ``name``, with default parameters.

    Raises:
        InputError: there is no such strategy.
    """
    return QUERY_STRATEGIES.load(name)()


def search(
    query: Query, searcher: EmbeddingSearcher, k: int = 20, strategy: str | QueryStrategy = DEFAULT
) -> Ranking:
    """Return the ``k`` images that match a query best.

    A query of a single term is searched by its own embedding, whatever the strategy.

    Args:
        query: made of :func:`firs.query.text` and :func:`firs.query.like`.
        searcher: the embeddings of one encoder.
        k: number of images; fewer if there are fewer.
        strategy: a name in ``QUERY_STRATEGIES``, or a configured strategy.

    Raises:
        InputError: the query has no positive term, an id is unknown, ``k`` is below 1, or the query
            lacks a term that the strategy needs.
        ImageError: an example cannot be read.

    >>> search(text("a dog on a beach") - text("a leash"), searcher)  # doctest: +SKIP
    """
    query.require_positive()
    if len(query.terms) == 1:
        return encode_terms(query.terms, searcher)[0].search(searcher, k)
    chosen = load_strategy(strategy) if isinstance(strategy, str) else strategy
    return chosen.search(query, searcher, k)
