"""Strategies by name: thin adapters from the methods of QT-FIRS to the laboratory."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from firs.errors import InputError
from firs.evaluation.strategies.base import Searching, Started, Strategy
from firs.registry import CALL, Call, Registry, defaults_of

__all__ = [
    "STRATEGIES",
    "Parameter",
    "Searching",
    "Started",
    "Strategy",
    "StrategyCall",
    "parse_strategies",
]

_HERE = "firs.evaluation.strategies"

STRATEGIES: Registry[Callable[..., Strategy]] = Registry(
    "strategy",
    {
        "none": f"{_HERE}.base:NoFeedback",
        "bits-mean": f"{_HERE}.base:MeanBits",
        "bits-median": f"{_HERE}.base:MedianBits",
        "hash": f"{_HERE}.hashed:HashSearch",
        "entries": f"{_HERE}.base:CaptionEntries",
        "hubness": f"{_HERE}.calibrated:HubnessOff",
        "expanded": f"{_HERE}.expanded:SeparateCaptions",
        "moved": f"{_HERE}.expanded:MovedImages",
        "centred": f"{_HERE}.calibrated:Centred",
        "pseudo": f"{_HERE}.interactive:Pseudo",
        "auto": f"{_HERE}.interactive:auto",
        "rocchio": f"{_HERE}.interactive:rocchio",
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
        """The strategy itself.

        Raises:
            InputError: there is no such strategy or parameter, or a value is of the wrong kind.
        """
        kind: Any = STRATEGIES.load(self.name)
        known = kind.defaults if hasattr(kind, "defaults") else defaults_of(kind)
        strategy: Strategy = kind(**self.check_parameters("strategy", known))
        return strategy


def parse_strategies(text: str) -> tuple[StrategyCall, ...]:
    """Strategies as a person types them: ``none,pseudo(p=5,b=1),bits-mean``.

    Raises:
        InputError: it is not of that form, or nothing.
    """
    if not re.fullmatch(rf"\s*{CALL}\s*(,\s*{CALL}\s*)*", text):
        raise InputError(
            f"Strategies are named as in none,pseudo(p=5,rounds=2), not {text!r}. "
            f"There are: {', '.join(STRATEGIES)}."
        )
    return tuple(StrategyCall.parse(match[0]) for match in re.finditer(CALL, text))
