"""Early: all terms become one vector, which is searched for once.

    q = Σ_t w_t · û_t / σ_t,   û_t = the direction of term t from the centre of its kind

A text is seen from the middle of all texts, a picture from the middle of all images (see
``firs.search.centres``), and each is divided by the standard deviation σ of its scores over the
collection, which is twice as large for pictures as for texts in CLIP. So a picture neither drowns
the words by what all pictures share, nor by its wider scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from firs.errors import InputError
from firs.query import Query
from firs.ranking import Part, Ranking
from firs.search.centres import directions_from
from firs.search.encoding import Balance, EncodedTerm, encode_terms
from firs.search.space import EmbeddingSearcher, Vector

_NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class EarlyFusion:
    """One vector for the whole query."""

    balance: Balance = field(default_factory=Balance)

    def search(self, query: Query, space: EmbeddingSearcher, k: int) -> Ranking:
        """The ``k`` images nearest to the query's one vector.

        Its parts rank the same images by each term alone.

        Raises:
            InputError: an id is unknown, ``k`` is below 1, or the terms cancel out.
            ImageError: an example cannot be read.
        """
        terms = encode_terms(query.terms, space)
        vector = self.vector(query, terms, space)
        found = space.search_vector(vector, k, f"{space.name}: {query}")
        weights = [self.balance.weight(term) for term in terms]
        parts = [
            Part(space.rerank(found, term.vector, term.source), weight)
            for term, weight in zip(terms, weights, strict=True)
        ]
        return Ranking(found.ids, found.scores, found.paths, found.source, parts)

    def vector(
        self, query: Query, terms: Sequence[EncodedTerm], space: EmbeddingSearcher
    ) -> Vector:
        """Return the query's one vector, float32 ``(dim,)``; a single term keeps its own vector.

        Raises:
            InputError: the query has no positive term, or its terms cancel out.
        """
        query.require_positive()
        if len(terms) == 1:
            return terms[0].vector
        weights = [self.balance.weight(term) for term in terms]
        return _sum([_direction(term, space) for term in terms], weights, query)


def _direction(term: EncodedTerm, space: EmbeddingSearcher) -> Vector:
    """A term's vector from the centre of its kind, so long that its scores have spread 1."""
    centre = space.matrix.image_mean if term.is_image else space.text_mean
    direction = directions_from(centre, term.vector)
    spread = space.matrix.spread(direction)
    return direction if spread < _NOTHING else direction / np.float32(spread)


def _sum(directions: list[Vector], weights: list[float], query: Query) -> Vector:
    total = np.asarray(weights, dtype=np.float32) @ np.stack(directions)
    length = float(np.linalg.norm(total))
    if length < _NOTHING:
        raise InputError(f"The terms of the query {query} cancel out; nothing is left to find.")
    return total / np.float32(length)
