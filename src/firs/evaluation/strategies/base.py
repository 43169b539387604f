"""The protocol that every strategy keeps."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from firs.evaluation.bench import EvaluationSet
from firs.evaluation.ranks import Places, ScoreRows
from firs.evaluation.searchers import Searcher

Answers: TypeAlias = Callable[[Places], Iterable[ScoreRows]]
"""Some queries of the bench → all images' scores for them, once a round, the first search first.

Scores are on a scale on which 0.000001 means nothing: cosines, votes, logarithms. An image that
a strategy does not return scores minus infinity.
"""


@dataclass(frozen=True, slots=True)
class Started:
    """A strategy at work on a bench; ``searcher`` is timed and weighed where there is one."""

    answers: Answers
    searcher: Searcher | None = None


@runtime_checkable
class Strategy(Protocol):
    """A way to answer queries, in one round or several; its parameters are its fields."""

    def start(self, bench: EvaluationSet) -> Started:
        """Build what is needed before the first query.

        Raises:
            InputError: the bench lacks what the strategy needs.
        """


@runtime_checkable
class Searching(Strategy, Protocol):
    """A strategy that is one comparison with all images, so that feedback can go over it."""

    def searcher(self, bench: EvaluationSet) -> Searcher:
        """The comparison."""


def plain(searcher: Searcher, bench: EvaluationSet) -> Started:
    """One round of a searcher."""
    return Started(lambda block: [searcher.scores(bench.queries[block])], searcher)
