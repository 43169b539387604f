"""Early: all terms become one vector, which is searched for once.

    q = Σ_t w_t · û_t / σ_t,   û_t = the direction of term t from the centre of its kind

A text is seen from the middle of all texts, a picture from the middle of all images (see
``firs.search.matrix``), and each is divided by the standard deviation σ of its scores over the
collection, which is twice as large for pictures as for texts in CLIP. So a picture neither drowns
the words by what all pictures share, nor by its wider scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from firs.errors import InputError
from firs.query import Query
from firs.ranking import Part, Ranking
from firs.search import DEFAULT, QueryStrategy, search
from firs.search.base import Balance, EncodedTerm, encode_terms, search_term
from firs.search.matrix import directions_from
from firs.search.searcher import EmbeddingSearcher, Vector

if TYPE_CHECKING:
    from firs.fusion import Fusion

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


@dataclass(frozen=True, slots=True)
class LateFusion:
    """A ranking a term, fused.

    Args:
        fusion: a name in ``firs.fusion.FUSIONS``.
        depth: how many images of each term's ranking are fused, or k where that is more.
        balance: how much terms count.

    Raises:
        InputError: ``depth`` is below 1.
    """

    fusion: str = "combsum-z-score"
    depth: int = 1_000
    balance: Balance = field(default_factory=Balance)

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise InputError(f"The depth is 1 image or more, not {self.depth}.")

    def search(self, query: Query, space: EmbeddingSearcher, k: int) -> Ranking:
        """The first ``k`` of the fused rankings; its parts are the rankings.

        Raises:
            InputError: an id is unknown, ``k`` is below 1, or there is no such fusion.
            ImageError: an example cannot be read.
        """
        query.require_positive()
        terms = encode_terms(query.terms, space)
        depth = max(self.depth, k) if k > 0 else k
        rankings = [search_term(term, space, depth) for term in terms]
        from firs.fusion import fuse

        return fuse(rankings, self.fusion, [self.balance.weight(term) for term in terms])[:k]


@dataclass(frozen=True, slots=True)
class Rerank:
    """Query strategy: find by text, rerank by example images.

    Args:
        depth: M, the number of text results to rerank.
        fusion: a name in ``firs.fusion.FUSIONS``.
        balance: weights of the examples; the text ranking has weight 1.

    Raises:
        InputError: ``depth`` is below 1.
    """

    depth: int = 100
    fusion: str = "combsum-z-score"
    balance: Balance = field(default_factory=lambda: Balance(example=1.0))

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise InputError(f"The pictures rerank 1 image or more, not {self.depth}.")

    def search(self, query: Query, space: EmbeddingSearcher, k: int) -> Ranking:
        """The first ``k``, the reranked ones before the others.

        Its parts are the words' ranking, whole, and each example's of the first M.

        Raises:
            InputError: the query has no words to find with or no picture to rerank by, an id is
                unknown, ``k`` is below 1, or there is no such fusion.
            ImageError: an example cannot be read.
        """
        found = self._text_ranking(query, space, k)
        head, tail = found[: self.depth], found[self.depth :]
        examples = encode_terms(query.examples, space)
        reranked = [space.rerank(head, term.vector, term.source) for term in examples]
        weights = [1.0, *(self.balance.weight(term) for term in examples)]
        from firs.fusion import fuse

        fused = fuse([head, *reranked], self.fusion, weights)
        parts = [Part(found, 1.0), *fused.parts[1:]]
        told = Ranking(fused.ids, fused.scores, fused.paths, fused.source, parts)
        return told.append(tail)[:k]

    def _text_ranking(self, query: Query, space: EmbeddingSearcher, k: int) -> Ranking:
        if not query.examples:
            raise InputError(
                "There is no picture to rerank by; show one, or search by words alone."
            )
        if not any(term.weight > 0 for term in query.texts):
            raise InputError(
                "The words find and the pictures rerank; say what to see in the picture, too."
            )
        words = Query(query.texts)
        depth = max(self.depth, k) if k > 0 else k
        if len(words.terms) > 1:
            return EarlyFusion(self.balance).search(words, space, depth)
        [term] = encode_terms(words.terms, space)
        return search_term(term, space, depth)


FUSION = "combsum-z-score"
DEPTH = 1_000
"""Images of each encoder's ranking that are fused, or k where that is more."""


def search_with_all(
    query: Query,
    searchers: Sequence[EmbeddingSearcher],
    k: int = 20,
    strategy: str | QueryStrategy = DEFAULT,
    fusion: "str | Fusion | None" = None,
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
    from firs.fusion import fuse

    return fuse(rankings, fusion or FUSION, weights)[:k]
