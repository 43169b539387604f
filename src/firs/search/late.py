"""Late: every term is searched for by itself, and the rankings are fused.

What a term of negative weight finds speaks against an image.
"""

from dataclasses import dataclass, field

from firs.errors import InputError
from firs.fusion import fuse
from firs.query import Query
from firs.ranking import Ranking
from firs.search.encoding import Balance, encode_terms, search_term
from firs.search.space import EmbeddingSearcher


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
        return fuse(rankings, self.fusion, [self.balance.weight(term) for term in terms])[:k]
