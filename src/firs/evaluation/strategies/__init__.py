"""Strategies by name: thin adapters from the methods of QT-FIRS to experiments."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.measures import Indices, ScoreRows
from firs.evaluation.searchers import Searcher
from firs.registry import CALL, Call, Registry, defaults_of

PAGE = 10
"""Images per page, where a strategy has no pages of its own."""

Answers: TypeAlias = Callable[[Indices], Iterable[ScoreRows]]
"""Some queries → the scores of all images for them, once per round, the first search first.

Scores are on a scale on which 0.000001 means nothing: cosines, votes, logarithms. An image that
a strategy does not return scores minus infinity.
"""


@dataclass(frozen=True, slots=True)
class StartedStrategy:
    """A strategy applied to an evaluation set.

    Args:
        answers: its scores.
        searcher: is timed and measured, if there is one.
        page: images per page; a target at this rank or better is found.
    """

    answers: Answers
    searcher: Searcher | None = None
    page: int = PAGE


@runtime_checkable
class Strategy(Protocol):
    """A method that answers queries, in one round or several; its parameters are its fields."""

    def start(self, evaluation_set: EvaluationSet) -> StartedStrategy:
        """Build what is needed before the first query.

        Raises:
            InputError: the evaluation set lacks what the strategy needs.
        """


class SearchStrategy(ABC):
    """A strategy of one comparison with all images, so that feedback can be based on it."""

    @abstractmethod
    def searcher(self, evaluation_set: EvaluationSet) -> Searcher:
        """Return the comparison.

        Raises:
            InputError: the evaluation set lacks what the strategy needs.
        """

    def start(self, evaluation_set: EvaluationSet) -> StartedStrategy:
        """Start one round."""
        searcher = self.searcher(evaluation_set)
        return StartedStrategy(
            lambda block: [searcher.scores(evaluation_set.queries[block])], searcher
        )


_HERE = "firs.evaluation.strategies"

STRATEGIES: Registry[Callable[..., Strategy]] = Registry(
    "strategy",
    {
        "none": f"{_HERE}.plain:NoFeedback",
        "bits-mean": f"{_HERE}.plain:MeanBits",
        "bits-median": f"{_HERE}.plain:MedianBits",
        "hash": f"{_HERE}.plain:HashSearch",
        "entries": f"{_HERE}.corrected:CaptionEntries",
        "hubness": f"{_HERE}.corrected:HubnessRemoved",
        "expanded": f"{_HERE}.corrected:SeparateCaptions",
        "moved": f"{_HERE}.corrected:MovedImages",
        "centred": f"{_HERE}.corrected:Centred",
        "pseudo": f"{_HERE}.interactive:Pseudo",
        "auto": f"{_HERE}.interactive:auto",
        "rocchio": f"{_HERE}.interactive:rocchio",
        "mixture": f"{_HERE}.interactive:mixture",
        "bayes": f"{_HERE}.interactive:bayes",
        "classifier": f"{_HERE}.interactive:classifier",
        "softmax": f"{_HERE}.interactive:softmax",
        "next-page": f"{_HERE}.interactive:next_page",
        "refine": f"{_HERE}.refined:RefinedQuery",
        "example": f"{_HERE}.fused:WithExample",
        "captions": f"{_HERE}.fused:SeveralCaptions",
        "encoders": f"{_HERE}.fused:SeveralEncoders",
    },
)


@dataclass(frozen=True, slots=True)
class StrategyCall(Call):
    """A strategy's name with parameters, as written in an experiment."""

    def make(self) -> Strategy:
        """Return the strategy itself.

        Raises:
            InputError: there is no such strategy or parameter, or a value is of the wrong kind.
        """
        kind: Any = STRATEGIES.load(self.name)
        known = kind.defaults if hasattr(kind, "defaults") else defaults_of(kind)
        strategy: Strategy = kind(**self.check_parameters("strategy", known))
        return strategy


def parse_strategies(text: str) -> tuple[StrategyCall, ...]:
    """Parse strategies as a person types them: ``none,pseudo(p=5,b=1),bits-mean``.

    Raises:
        InputError: it is not of that form, or nothing.
    """
    if not re.fullmatch(rf"\s*{CALL}\s*(,\s*{CALL}\s*)*", text):
        raise InputError(
            f"Strategies are named as in none,pseudo(p=5,rounds=2), not {text!r}. "
            f"There are: {', '.join(STRATEGIES)}."
        )
    return tuple(StrategyCall.parse(match[0]) for match in re.finditer(CALL, text))
