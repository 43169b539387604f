"""Strategies by name: thin adapters from the methods of QT-FIRS to the laboratory."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from firs.errors import InputError
from firs.evaluation.strategies.base import Searching, Started, Strategy
from firs.registry import Registry

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

STRATEGIES: Registry[type[Strategy]] = Registry(
    "strategy",
    {
        "none": f"{_HERE}.plain:NoFeedback",
        "bits-mean": f"{_HERE}.plain:MeanBits",
        "bits-median": f"{_HERE}.plain:MedianBits",
        "entries": f"{_HERE}.plain:CaptionEntries",
        "pseudo": f"{_HERE}.pseudo:Pseudo",
        "rocchio": f"{_HERE}.interactive:InteractiveRocchio",
        "example": f"{_HERE}.fused:WithExample",
        "captions": f"{_HERE}.fused:SeveralCaptions",
        "encoders": f"{_HERE}.fused:SeveralEncoders",
    },
)

Parameter = str | int | float | bool


@dataclass(frozen=True, slots=True)
class StrategyCall:
    """A strategy's name with parameters, as an experiment asks for it.

    >>> str(StrategyCall("pseudo", {"p": 5, "rounds": 2}))
    'pseudo(p=5,rounds=2)'
    """

    name: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def __str__(self) -> str:
        told = ",".join(f"{key}={value}" for key, value in self.parameters.items())
        return f"{self.name}({told})" if told else self.name

    def make(self) -> Strategy:
        """The strategy itself.

        Raises:
            InputError: there is no such strategy or parameter, or a value is of the wrong kind.
        """
        kind: Any = STRATEGIES.load(self.name)
        known = {each.name: each.default for each in fields(kind)}
        for key, value in self.parameters.items():
            if key not in known:
                raise InputError(
                    f"The strategy {self.name!r} has no parameter {key!r}; "
                    f"it has: {', '.join(known) or 'none'}."
                )
            if not _fits(value, known[key]):
                raise InputError(f"In {self} {key} should be like {known[key]!r}, not {value!r}.")
        strategy: Strategy = kind(**self.parameters)
        return strategy


def parse_strategies(text: str) -> tuple[StrategyCall, ...]:
    """Strategies as a person types them: ``none,pseudo(p=5,b=1),bits-mean``.

    Raises:
        InputError: it is not of that form, or nothing.
    """
    if not re.fullmatch(rf"\s*{_CALL}\s*(,\s*{_CALL}\s*)*", text):
        raise InputError(
            f"Strategies are named as in none,pseudo(p=5,rounds=2), not {text!r}. "
            f"There are: {', '.join(STRATEGIES)}."
        )
    return tuple(_call(*match.groups()) for match in re.finditer(_CALL, text))


_CALL = r"([A-Za-z][\w-]*)(?:\(([^()]*)\))?"


def _call(name: str, told: str | None) -> StrategyCall:
    parameters: dict[str, Parameter] = {}
    for part in filter(None, (each.strip() for each in (told or "").split(","))):
        key, equals, value = part.partition("=")
        if not equals:
            raise InputError(f"A parameter is named as in {name}(key=value), not {part!r}.")
        parameters[key.strip()] = _value(value.strip())
    return StrategyCall(name, parameters)


def _value(text: str) -> Parameter:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _fits(value: Parameter, default: Any) -> bool:
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)
