"""Post-processing of a result page: near-duplicate removal and diversification."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firs.index.base import Ids
from firs.ranking import Ranking
from firs.search.folding import fold
from firs.search.table import EmbeddingMatrix
from firs.search.variety import FIRST, diversify

DEEPER = 4
"""How many times as many are looked for when folding has left too few."""


@dataclass(frozen=True, slots=True)
class Postprocess:
    """How a page is tidied.

    Args:
        near: cosine from which on images are folded behind the first of them; None folds none.
        relevance: λ of maximal marginal relevance; None keeps the order as it was found.
    """

    near: float | None = None
    relevance: float | None = None

    def run(
        self,
        find: Callable[[int], Ranking],
        k: int,
        table: Callable[[Ids], EmbeddingMatrix],
        hashes: Callable[[Ids], Mapping[int, bytes]],
    ) -> Ranking:
        """Search deep enough to return ``k`` results.

        Args:
            find: function from a number of results to the best results.
            k: number of results; fewer if there are fewer.
            table: returns the embeddings of images, by id.
            hashes: returns the content hashes of images, by id.

        Raises:
            InputError: ``near`` or ``relevance`` is out of range, or ``find`` raises it.
        """
        if self.near is None and self.relevance is None:
            return find(k)
        wanted = k if self.relevance is None else max(k, FIRST)
        found = self._deduplicate(find, wanted, table, hashes)
        if self.relevance is not None:
            found = diversify(found, table(found.ids[:FIRST]), relevance=self.relevance)
        return found[:k]

    def _deduplicate(
        self,
        find: Callable[[int], Ranking],
        wanted: int,
        table: Callable[[Ids], EmbeddingMatrix],
        hashes: Callable[[Ids], Mapping[int, bytes]],
    ) -> Ranking:
        if self.near is None:
            return find(wanted)
        depth = 2 * wanted
        while True:
            found = find(depth)
            folded = fold(found, table(found.ids), near=self.near, hashes=hashes(found.ids))
            if len(folded) >= wanted or len(found) < depth:
                return folded
            depth *= DEEPER
