"""Strategies of codes: a few bits a dimension, with or without a second look at the floats."""

from dataclasses import dataclass

import numpy as np

from firs.errors import InputError
from firs.evaluation.bench import EvaluationSet
from firs.evaluation.hash_searchers import CodeSearcher, Rescored
from firs.evaluation.searchers import Searcher
from firs.evaluation.strategies.base import Started, plain
from firs.hashing import HASHES, Hash
from firs.hashing.agreement import fit_hash
from firs.hashing.small import KEPT

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

    def searcher(self, bench: EvaluationSet) -> Searcher:
        """Codes, trained on the images of the bench and the middle of its texts."""
        codes = CodeSearcher(bench.images, self._train(bench), by_bits=self.compare == "hamming")
        if not self.first:
            return codes
        return Rescored(codes, bench.images, self.first, self.second)

    def start(self, bench: EvaluationSet) -> Started:
        """One round."""
        return plain(self.searcher(bench), bench)

    def _train(self, bench: EvaluationSet) -> Hash:
        kind, texts = HASHES.load(self.kind), bench.views[0].middle[None]
        if self.middle == "auto":
            return fit_hash(kind, bench.images, texts, bench.queries[:ASKED])
        middles = {"own": texts, "images": bench.images, "none": np.zeros_like(texts)}
        return kind.train(bench.images, middles[self.middle])
