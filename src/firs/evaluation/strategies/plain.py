"""Strategies of one round: the query is compared with all images, and that is all."""

from dataclasses import dataclass

from firs.errors import InputError
from firs.evaluation.bench import EvaluationSet
from firs.evaluation.searchers import BitSearcher, EntrySearcher, FloatSearcher, Searcher
from firs.evaluation.strategies.base import Started, plain
from firs.hashing.threshold import above_mean, above_median


@dataclass(frozen=True, slots=True)
class NoFeedback:
    """``none``: cosine with floats, the baseline of everything."""

    def searcher(self, bench: EvaluationSet) -> Searcher:
        """Floats."""
        return FloatSearcher(bench.images)

    def start(self, bench: EvaluationSet) -> Started:
        """One round."""
        return plain(self.searcher(bench), bench)


@dataclass(frozen=True, slots=True)
class MeanBits:
    """``bits-mean``: a bit a dimension, each vector against its own mean; Hamming distance."""

    def searcher(self, bench: EvaluationSet) -> Searcher:
        """Bits."""
        return BitSearcher(bench.images, above_mean)

    def start(self, bench: EvaluationSet) -> Started:
        """One round."""
        return plain(self.searcher(bench), bench)


@dataclass(frozen=True, slots=True)
class MedianBits:
    """``bits-median``: the same against each vector's own median."""

    def searcher(self, bench: EvaluationSet) -> Searcher:
        """Bits."""
        return BitSearcher(bench.images, above_median)

    def start(self, bench: EvaluationSet) -> Started:
        """One round."""
        return plain(self.searcher(bench), bench)


@dataclass(frozen=True, slots=True)
class CaptionEntries:
    """``entries``: joined captions stand for their images, mixed naively as in the paper.

    Args:
        hot: share of the images with captions that keep them, drawn by chance.
    """

    hot: float = 1.0

    def searcher(self, bench: EvaluationSet) -> Searcher:
        """Images and captions.

        Raises:
            InputError: no captions have joined.
        """
        if not len(bench.joined):
            raise InputError(
                "The strategy 'entries' needs captions that join the collection; "
                "say how many of each image's captions do (joining = 2)."
            )
        from firs.evaluation.strategies.expanded import restrict_expansion

        return EntrySearcher(restrict_expansion(bench, self.hot))

    def start(self, bench: EvaluationSet) -> Started:
        """One round."""
        return plain(self.searcher(bench), bench)
