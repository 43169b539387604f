"""The protocol that every strategy keeps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.ranks import Places, ScoreRows
from firs.evaluation.searchers import BitSearcher, EntrySearcher, FloatSearcher, Searcher
from firs.hashing.per_vector import above_mean, above_median

Answers: TypeAlias = Callable[[Places], Iterable[ScoreRows]]
"""Some queries → the scores of all images for them, once a round, the first search first.

Scores are on a scale on which 0.000001 means nothing: cosines, votes, logarithms. An image that
a strategy does not return scores minus infinity.
"""


@dataclass(frozen=True, slots=True)
class Started:
    """A strategy applied to an evaluation set; ``searcher``, if any, is timed and measured."""

    answers: Answers
    searcher: Searcher | None = None


@runtime_checkable
class Strategy(Protocol):
    """A way to answer queries, in one round or several; its parameters are its fields."""

    def start(self, evaluation_set: EvaluationSet) -> Started:
        """Build what is needed before the first query.

        Raises:
            InputError: the evaluation set lacks what the strategy needs.
        """


@runtime_checkable
class Searching(Strategy, Protocol):
    """A strategy that is one comparison with all images, so that feedback can go over it."""

    def searcher(self, evaluation_set: EvaluationSet) -> Searcher:
        """The comparison."""


def plain(searcher: Searcher, evaluation_set: EvaluationSet) -> Started:
    """One round of a searcher."""
    return Started(lambda block: [searcher.scores(evaluation_set.queries[block])], searcher)


@dataclass(frozen=True, slots=True)
class NoFeedback:
    """``none``: cosine with floats, the baseline of everything."""

    def searcher(self, evaluation_set: EvaluationSet) -> Searcher:
        """Floats."""
        return FloatSearcher(evaluation_set.images)

    def start(self, evaluation_set: EvaluationSet) -> Started:
        """One round."""
        return plain(self.searcher(evaluation_set), evaluation_set)


@dataclass(frozen=True, slots=True)
class MeanBits:
    """``bits-mean``: a bit a dimension, each vector against its own mean; Hamming distance."""

    def searcher(self, evaluation_set: EvaluationSet) -> Searcher:
        """Bits."""
        return BitSearcher(evaluation_set.images, above_mean)

    def start(self, evaluation_set: EvaluationSet) -> Started:
        """One round."""
        return plain(self.searcher(evaluation_set), evaluation_set)


@dataclass(frozen=True, slots=True)
class MedianBits:
    """``bits-median``: the same against each vector's own median."""

    def searcher(self, evaluation_set: EvaluationSet) -> Searcher:
        """Bits."""
        return BitSearcher(evaluation_set.images, above_median)

    def start(self, evaluation_set: EvaluationSet) -> Started:
        """One round."""
        return plain(self.searcher(evaluation_set), evaluation_set)


@dataclass(frozen=True, slots=True)
class CaptionEntries:
    """``entries``: joined captions represent their images, mixed naively as in the paper.

    Args:
        hot: share of the images with captions that keep them, drawn by chance.
    """

    hot: float = 1.0

    def searcher(self, evaluation_set: EvaluationSet) -> Searcher:
        """Images and captions.

        Raises:
            InputError: no captions have joined.
        """
        if not len(evaluation_set.joined):
            raise InputError(
                "The strategy 'entries' needs captions that join the collection; "
                "say how many of each image's captions do (indexed_captions = 2)."
            )
        from firs.evaluation.strategies.expanded import restrict_expansion

        return EntrySearcher(restrict_expansion(evaluation_set, self.hot))

    def start(self, evaluation_set: EvaluationSet) -> Started:
        """One round."""
        return plain(self.searcher(evaluation_set), evaluation_set)
