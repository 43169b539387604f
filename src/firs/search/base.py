"""The protocol that every way to answer a query keeps."""

from typing import Protocol, runtime_checkable

from firs.query import Query
from firs.ranking import Ranking
from firs.search.space import EmbeddingSearcher


@runtime_checkable
class QueryStrategy(Protocol):
    """A query of several terms → one ranking; its parameters are its fields."""

    def search(self, query: Query, space: EmbeddingSearcher, k: int) -> Ranking:
        """Return the ``k`` images that match the query best; ``parts`` explains their ranks.

        Args:
            query: with two or more terms, at least one of them positive.
            space: the embeddings to search.
            k: number of images; fewer if there are fewer.

        Raises:
            InputError: an id is unknown, ``k`` is below 1, or a required term is missing.
            ImageError: an example cannot be read.
        """
