"""Strategies that compare vectors or their codes: cosine, bits, and trained hashes."""

from dataclasses import dataclass

import numpy as np

from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.searchers import (
    STORAGES,
    BitSearcher,
    FloatSearcher,
    RescoringSearcher,
    Searcher,
    hash_searcher,
)
from firs.evaluation.strategies import SearchStrategy
from firs.hashing import Hash, open_hash
from firs.hashing.hamming import fit_hash
from firs.hashing.per_vector import above_mean, above_median

COMPARISONS = ("asymmetric", "hamming")
CENTRES = ("own", "images", "none", "auto")
TRIED = 100
"""Queries on which ``auto`` compares the centres, without their answers."""


@dataclass(frozen=True, slots=True)
class NoFeedback(SearchStrategy):
    """``none``: cosine with floats, the baseline of everything."""

    def searcher(self, evaluation_set: EvaluationSet) -> Searcher:
        """Compare floats."""
        return FloatSearcher(evaluation_set.images)


@dataclass(frozen=True, slots=True)
class MeanBits(SearchStrategy):
    """``bits-mean``: one bit per dimension, each vector against its own mean; Hamming distance."""

    def searcher(self, evaluation_set: EvaluationSet) -> Searcher:
        """Compare bits."""
        return BitSearcher(evaluation_set.images, above_mean)


@dataclass(frozen=True, slots=True)
class MedianBits(SearchStrategy):
    """``bits-median``: the same against each vector's own median."""

    def searcher(self, evaluation_set: EvaluationSet) -> Searcher:
        """Compare bits."""
        return BitSearcher(evaluation_set.images, above_median)


@dataclass(frozen=True, slots=True)
class HashSearch(SearchStrategy):
    """``hash``: codes in the place of vectors.

    Args:
        kind: as for ``firs.hashing.open_hash``.
        compare: ``asymmetric``, a float query with codes, or ``hamming``, code with code.
        rescore: how many of the best are rescored; 0 for none.
        storage: of the embeddings for that: ``float16``, or ``int8``, which is half as large.
        centre: by what queries are centred: ``own``, the mean of texts; ``images``, that of images;
            ``none``, which is 0; ``auto``, the one that agrees most with floats on ``TRIED``
            queries, without using their answers.

    Raises:
        InputError: there is no such kind, comparison, ``storage`` or ``centre``.
    """

    kind: str = "principal"
    compare: str = "asymmetric"
    rescore: int = 0
    storage: str = "float16"
    centre: str = "auto"

    def __post_init__(self) -> None:
        open_hash(self.kind)
        for value, known in (
            (self.compare, COMPARISONS),
            (self.storage, STORAGES),
            (self.centre, CENTRES),
        ):
            if value not in known:
                raise InputError(f"The strategy 'hash' knows {', '.join(known)}, not {value!r}.")
        if self.rescore < 0:
            raise InputError(f"rescore is how many are rescored, 0 or more, not {self.rescore}.")

    def searcher(self, evaluation_set: EvaluationSet) -> Searcher:
        """Compare codes, trained on the images of the evaluation set and the mean of its texts."""
        trained = self._train(evaluation_set)
        codes = hash_searcher(evaluation_set.images, trained, by_bits=self.compare == "hamming")
        if not self.rescore:
            return codes
        return RescoringSearcher(codes, evaluation_set.images, self.rescore, self.storage)

    def _train(self, evaluation_set: EvaluationSet) -> Hash:
        train, texts = open_hash(self.kind), evaluation_set.views[0].text_mean[None]
        if self.centre == "auto":
            return fit_hash(train, evaluation_set.images, texts, evaluation_set.queries[:TRIED])
        centres = {"own": texts, "images": evaluation_set.images, "none": np.zeros_like(texts)}
        return train(evaluation_set.images, centres[self.centre])
