"""Two-phase retrieval: a text search, then reranking by example images (rank aggregation).

As in the QT-FIRS paper: the text alone finds the first M images, each example ranks these M images,
and the rankings are fused. The images after the first M keep their order, so an example can only
reorder what the text found.
"""

from dataclasses import dataclass, field

from firs.errors import InputError
from firs.fusion import fuse
from firs.query import Query
from firs.ranking import Part, Ranking
from firs.search.early import EarlyFusion
from firs.search.encoding import Balance, encode_terms, search_term
from firs.search.space import EmbeddingSearcher


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
