"""The protocol that every way to answer a query keeps."""

from typing import Protocol, runtime_checkable

from firs.query import Query
from firs.ranking import Ranking
from firs.search.space import EmbeddingSearcher


@runtime_checkable
class QueryStrategy(Protocol):
    """A query of several terms → one ranking; its parameters are its fields."""

    def search(self, query: Query, space: EmbeddingSearcher, k: int) -> Ranking:
        """The ``k`` images that answer the query best; its ``parts`` say why each stands there.

        Args:
            query: with two terms or more, one of them positive.
            space: what is searched.
            k: how many; fewer where there are fewer.

        Raises:
            InputError: an id is unknown, ``k`` is below 1, or the query lacks what is needed.
            ImageError: an example cannot be read.
        """
