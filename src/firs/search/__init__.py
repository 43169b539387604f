"""Search: a query of texts and images → a ranking, by one of several query strategies."""

from firs.search.base import (
    DEFAULT,
    QUERY_STRATEGIES,
    QueryStrategy,
    load_strategy,
    search,
)
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
