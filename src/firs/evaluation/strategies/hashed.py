"""Strategies of codes: a few bits a dimension, with or without a second look at the floats."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.ranks import ScoreRows
from firs.evaluation.searchers import Searcher
from firs.evaluation.strategies.base import Started, plain
from firs.feedback.base import best
from firs.hashing import HASHES, Hash
from firs.hashing.hamming import HammingIndex, fit_hash
from firs.hashing.rescoring import KEPT, StoredVectors
from firs.index.base import Ids, Scores


class CodeSearcher:
    """Codes against a float query, or against its code.

    Args:
        vectors: float32 ``(n, dim)``.
        hashed: trained.
        by_bits: compare code with code, by their Hamming distance.

    Raises:
        InputError: Hamming distances are requested for codes of levels.
    """

    def __init__(self, vectors: Vectors, hashed: Hash, *, by_bits: bool) -> None:
        if by_bits and hashed.levels > 2:
            raise InputError(
                f"A Hamming distance is of codes of single bits, not of one of {hashed.levels} "
                f"levels; compare them asymmetrically, or take itq."
            )
        self._hash = hashed
        self._codes = hashed.codes(vectors)
        self._by_bits = by_bits
        self.bytes_per_vector = self._codes.shape[1]

    def scores(self, queries: Vectors) -> ScoreRows:
        """Minus all images' distances, or their products with the query; see ``Hash``."""
        if self._by_bits:
            codes = self._hash.query_codes(queries)
            return -self._index.distances(codes).astype(np.float32)
        return self._hash.project_query(queries) @ self._values.T

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        """The ``k`` best images' places and scores; asymmetric ones by comparing with all."""
        if self._by_bits:
            return self._index.search(self._hash.query_codes(queries), k)
        return _best(self.scores(queries), k)

    @cached_property
    def _index(self) -> HammingIndex:
        return HammingIndex(np.arange(len(self._codes)), self._codes)

    @cached_property
    def _values(self) -> Vectors:
        return self._hash.decode(self._codes)


class Rescored:
    """The best of another searcher by cosine, from small vectors, and below them all others.

    Args:
        coarse: what finds them.
        vectors: float32 ``(n, dim)``.
        first: how many are scored again.
        kept: how their vectors are kept, a name in ``firs.hashing.rescoring.KEPT``.
    """

    def __init__(
        self, coarse: Searcher, vectors: Vectors, first: int, kept: str = "float16"
    ) -> None:
        self._coarse = coarse
        self._vectors: StoredVectors = KEPT[kept](vectors)
        self._first = min(first, len(vectors))
        self.bytes_per_vector = coarse.bytes_per_vector + self._vectors.bytes_per_vector

    def scores(self, queries: Vectors) -> ScoreRows:
        """Cosines of the best; all others keep their order below -2."""
        coarse = self._coarse.scores(queries)
        low, high = coarse.min(axis=1, keepdims=True), coarse.max(axis=1, keepdims=True)
        rows: ScoreRows = (coarse - low) / np.maximum(high - low, np.float32(1e-9)) - np.float32(3)
        for row, query, places in zip(rows, queries, best(coarse, self._first), strict=True):
            row[places] = self._vectors.floats(places) @ query
        return rows

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        """The ``k`` best images' places and cosines, of the best of the other searcher."""
        places, _ = self._coarse.search(queries, max(self._first, k))
        taken = self._vectors.floats(places)
        cosines = np.einsum("qnd,qd->qn", taken, queries)
        order = np.lexsort((places, -cosines), axis=-1)[:, :k]
        return np.take_along_axis(places, order, 1), np.take_along_axis(cosines, order, 1)


def _best(scores: ScoreRows, k: int) -> tuple[Ids, Scores]:
    places = best(scores, min(k, scores.shape[1]))
    return places, np.take_along_axis(scores, places, axis=1)


COMPARISONS = ("asymmetric", "hamming")
MIDDLES = ("own", "images", "none", "auto")
ASKED = 100


@dataclass(frozen=True, slots=True)
class HashSearch:
    """``hash``: codes in the place of vectors.

    Args:
        kind: a name in ``firs.hashing.HASHES``.
        compare: ``asymmetric``, a float query with codes, or ``hamming``, code with code.
        first: how many of the best are scored again; 0 for none.
        second: from what they are: ``float16``, or ``int8``, which is half as large.
        middle: what queries are seen from: ``own``, the middle of texts; ``images``; ``none``,
            which is 0; ``auto``, whichever agrees most with floats on ``ASKED`` queries, whose
            answers are not used.

    Raises:
        InputError: there is no such kind, comparison, second look or middle.
    """

    kind: str = "principal"
    compare: str = "asymmetric"
    first: int = 0
    second: str = "float16"
    middle: str = "auto"

    def __post_init__(self) -> None:
        HASHES.load(self.kind)
        for value, known in (
            (self.compare, COMPARISONS),
            (self.second, KEPT),
            (self.middle, MIDDLES),
        ):
            if value not in known:
                raise InputError(f"The strategy 'hash' knows {', '.join(known)}, not {value!r}.")
        if self.first < 0:
            raise InputError(f"first is how many are rescored, 0 or more, not {self.first}.")

    def searcher(self, evaluation_set: EvaluationSet) -> Searcher:
        """Codes, trained on the images of the evaluation set and the middle of its texts."""
        codes = CodeSearcher(
            evaluation_set.images, self._train(evaluation_set), by_bits=self.compare == "hamming"
        )
        if not self.first:
            return codes
        return Rescored(codes, evaluation_set.images, self.first, self.second)

    def start(self, evaluation_set: EvaluationSet) -> Started:
        """One round."""
        return plain(self.searcher(evaluation_set), evaluation_set)

    def _train(self, evaluation_set: EvaluationSet) -> Hash:
        kind, texts = HASHES.load(self.kind), evaluation_set.views[0].middle[None]
        if self.middle == "auto":
            return fit_hash(kind, evaluation_set.images, texts, evaluation_set.queries[:ASKED])
        middles = {"own": texts, "images": evaluation_set.images, "none": np.zeros_like(texts)}
        return kind.train(evaluation_set.images, middles[self.middle])
