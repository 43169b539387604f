"""Query strategies: early fusion of the embeddings, late fusion of the rankings, and reranking.

Early fusion sums the terms to one vector, which is searched once:

    q = Σ_t w_t · û_t / σ_t,   û_t = the direction of term t from the mean of its modality

The direction of a text starts from the mean of all texts, that of an image from the mean of all
images (see ``firs.search.matrix``), and each is divided by the standard deviation σ of its scores
over the collection, which is twice as large for images as for texts in CLIP. So an image does not
drown the texts, neither by what all images share nor by its wider scores.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from firs.errors import InputError
from firs.query import Query
from firs.ranking import Part, Ranking
from firs.search import DEFAULT, QueryStrategy, search
from firs.search.base import Balance, EncodedTerm, encode_terms
from firs.search.matrix import directions_from
from firs.search.searcher import EmbeddingSearcher, Vector

if TYPE_CHECKING:
    from firs.fusion import Fusion

FUSION = "combsum(norm=z-score)"
"""Default fusion of rankings."""

DEPTH = 1_000
"""Default number of images of each ranking to fuse; k if that is more."""

_NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class EarlyFusion:
    """One vector for the whole query.

    Args:
        balance: weights of the kinds of terms.
    """

    balance: Balance = field(default_factory=Balance)

    def search(self, query: Query, searcher: EmbeddingSearcher, k: int) -> Ranking:
        """Return the ``k`` images nearest to the query's one vector.

        Its parts rank the same images by each term alone.

        Raises:
            InputError: an id is unknown, ``k`` is below 1, or the terms cancel out.
            ImageError: an example cannot be read.
        """
        terms = encode_terms(query.terms, searcher)
        vector = self.vector(query, terms, searcher)
        found = searcher.search_vector(vector, k, f"{searcher.name}: {query}")
        parts = [
            Part(searcher.rerank(found, term.vector, term.source), self.balance.weight(term))
            for term in terms
        ]
        return Ranking(found.ids, found.scores, found.paths, found.source, parts)

    def vector(
        self, query: Query, terms: Sequence[EncodedTerm], searcher: EmbeddingSearcher
    ) -> Vector:
        """Return the query's one vector, float32 ``(dim,)``; for a single term, its embedding.

        Raises:
            InputError: the query has no positive term, or its terms cancel out.
        """
        query.require_positive()
        if len(terms) == 1:
            return terms[0].vector
        weights = np.asarray([self.balance.weight(term) for term in terms], dtype=np.float32)
        total = weights @ np.stack([_direction(term, searcher) for term in terms])
        length = float(np.linalg.norm(total))
        if length < _NOTHING:
            raise InputError(f"The terms of the query {query} cancel out; nothing is left to find.")
        return total / np.float32(length)


def _direction(term: EncodedTerm, searcher: EmbeddingSearcher) -> Vector:
    """Return a term's direction from the mean of its modality, scaled to scores of spread 1."""
    mean = searcher.matrix.image_mean if term.is_image else searcher.text_mean
    direction = directions_from(mean, term.vector)
    spread = searcher.matrix.spread(direction)
    return direction if spread < _NOTHING else direction / np.float32(spread)


@dataclass(frozen=True, slots=True)
class LateFusion:
    """One ranking per term, fused.

    Args:
        fusion: as for ``firs.fusion.open_fusion``.
        depth: number of images of each term's ranking to fuse; k if that is more.
        balance: weights of the kinds of terms.

    Raises:
        InputError: ``depth`` is below 1.
    """

    fusion: str = FUSION
    depth: int = DEPTH
    balance: Balance = field(default_factory=Balance)

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise InputError(f"The depth is 1 image or more, not {self.depth}.")

    def search(self, query: Query, searcher: EmbeddingSearcher, k: int) -> Ranking:
        """Return the first ``k`` of the fused rankings; its parts are the rankings.

        Raises:
            InputError: an id is unknown, ``k`` is below 1, or there is no such fusion.
            ImageError: an example cannot be read.
        """
        from firs.fusion import fuse

        query.require_positive()
        terms = encode_terms(query.terms, searcher)
        depth = max(self.depth, k) if k > 0 else k
        rankings = [term.search(searcher, depth) for term in terms]
        return fuse(rankings, self.fusion, [self.balance.weight(term) for term in terms])[:k]


@dataclass(frozen=True, slots=True)
class Rerank:
    """Find by text, then rerank by example images.

    Args:
        depth: M, the number of text results to rerank.
        fusion: as for ``firs.fusion.open_fusion``.
        balance: weights of the examples; the text ranking has weight 1.

    Raises:
        InputError: ``depth`` is below 1.
    """

    depth: int = 100
    fusion: str = FUSION
    balance: Balance = field(default_factory=lambda: Balance(example=1.0))

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise InputError(f"The pictures rerank 1 image or more, not {self.depth}.")

    def search(self, query: Query, searcher: EmbeddingSearcher, k: int) -> Ranking:
        """Return the first ``k``, the reranked ones before the others.

        Its parts are the text ranking, and the ranking of the first M by each example.

        Raises:
            InputError: the query has no text to find with or no image to rerank by, an id is
                unknown, ``k`` is below 1, or there is no such fusion.
            ImageError: an example cannot be read.
        """
        from firs.fusion import fuse

        found = self._text_ranking(query, searcher, k)
        head, tail = found[: self.depth], found[self.depth :]
        examples = encode_terms(query.examples, searcher)
        reranked = [searcher.rerank(head, term.vector, term.source) for term in examples]
        weights = [1.0, *(self.balance.weight(term) for term in examples)]
        fused = fuse([head, *reranked], self.fusion, weights)
        parts = [Part(found, 1.0), *fused.parts[1:]]
        return Ranking(fused.ids, fused.scores, fused.paths, fused.source, parts).append(tail)[:k]

    def _text_ranking(self, query: Query, searcher: EmbeddingSearcher, k: int) -> Ranking:
        if not query.examples:
            raise InputError("There is no picture to rerank by; add one, or search by words alone.")
        if not any(term.weight > 0 for term in query.texts):
            raise InputError(
                "The words find and the pictures rerank: describe the picture in words, too."
            )
        depth = max(self.depth, k) if k > 0 else k
        return search(Query(query.texts), searcher, depth, EarlyFusion(self.balance))


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
        fusion: a fusion, or as for ``firs.fusion.open_fusion``; default ``FUSION``.
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
    from firs.fusion import fuse

    rankings = [search(query, searcher, max(DEPTH, k), strategy) for searcher in searchers]
    return fuse(rankings, fusion or FUSION, weights)[:k]
