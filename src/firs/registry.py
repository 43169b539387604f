"""The registry of every family of methods: a name → its class, imported on first use."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from inspect import Parameter as Argument
from inspect import signature
from typing import Any, Generic, Self, TypeAlias, TypeVar, cast

from firs.errors import InputError

Member = TypeVar("Member")
Made = TypeVar("Made")


class Registry(Generic[Member]):
    """The members of a family: name → module and class.

    >>> shapes = Registry("shape", {"fraction": "fractions:Fraction"})
    >>> shapes.load("fraction").__name__
    'Fraction'
    >>> list(shapes)
    ['fraction']
    """

    def __init__(self, family: str, members: Mapping[str, str]) -> None:
        self.family = family
        self._members = dict(members)

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def load(self, name: str) -> Member:
        """Import and return the member called ``name``.

        Raises:
            InputError: no member has this name; the message lists the existing names.
        """
        if name not in self._members:
            known = ", ".join(sorted(self._members))
            raise InputError(f"There is no {self.family} called {name!r}. Choose one of: {known}.")
        module, _, attribute = self._members[name].partition(":")
        return cast("Member", getattr(import_module(module), attribute))


Parameter: TypeAlias = str | int | float | bool

_CHARACTER = r"[\w-]\([^()]*\)|[^()]"

CALL = rf"([A-Za-z][\w-]*)(?:\(((?:{_CHARACTER})*)\))?"
"""A regular expression: the name, and the text in parentheses, which may contain a call itself."""

_PARAMETER = rf"(?:(?!,)(?:{_CHARACTER}))+"


@dataclass(frozen=True, slots=True)
class Call:
    """The name of a method with parameters.

    >>> str(Call("pseudo", {"p": 5, "rounds": 2}))
    'pseudo(p=5,rounds=2)'
    >>> Call.parse("pseudo(p=5)").parameters
    {'p': 5}
    >>> Call.parse("captions(fusion=combsum(norm=rank),depth=9)").parameters
    {'fusion': 'combsum(norm=rank)', 'depth': 9}
    """

    name: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def __str__(self) -> str:
        parameters = ",".join(f"{key}={value}" for key, value in self.parameters.items())
        return f"{self.name}({parameters})" if parameters else self.name

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a call.

        Raises:
            InputError: the text does not have this form.
        """
        match = re.fullmatch(rf"\s*{CALL}\s*", text)
        if match is None:
            raise InputError(f"A method is named as in rocchio(beta=1,gamma=0), not {text!r}.")
        return cls(match[1], _parameters(match[1], match[2]))

    def check_parameters(self, family: str, defaults: Mapping[str, Any]) -> dict[str, Parameter]:
        """Return the parameters, each of the type of its default.

        Args:
            family: the family of the name, for messages.
            defaults: all supported parameters.

        Raises:
            InputError: there is no such parameter, or a value is of the wrong type.
        """
        for key, value in self.parameters.items():
            if key not in defaults:
                raise InputError(
                    f"The {family} {self.name!r} has no parameter {key!r}; "
                    f"it has: {', '.join(defaults) or 'none'}."
                )
            if not _fits(value, defaults[key]):
                raise InputError(
                    f"In {self} {key} should be like {defaults[key]!r}, not {value!r}."
                )
        return dict(self.parameters)


def defaults_of(kind: Callable[..., Any]) -> dict[str, Any]:
    """Return the parameters of a function or class that have defaults, and the defaults."""
    return {
        name: argument.default
        for name, argument in signature(kind).parameters.items()
        if argument.default is not Argument.empty
    }


def create(registry: Registry[Callable[..., Made]], text: str, **others: Any) -> Made:
    """Create a member of a family from a call such as ``rocchio(beta=1,gamma=0)``.

    Args:
        registry: the family.
        text: the name of a member, optionally with parameters.
        others: parameters that the call cannot set.

    Raises:
        InputError: there is no such member or parameter, or a value is of the wrong type.
    """
    call = Call.parse(text)
    kind = registry.load(call.name)
    known = {key: value for key, value in defaults_of(kind).items() if key not in others}
    return kind(**call.check_parameters(registry.family, known), **others)


def describe(name: str, member: Any) -> str:
    """Return the call that creates a dataclass, without parameters that have their defaults."""
    defaults = defaults_of(type(member))
    values = {key: getattr(member, key) for key in defaults}
    return str(Call(name, {key: each for key, each in values.items() if each != defaults[key]}))


def _parameters(name: str, text: str | None) -> dict[str, Parameter]:
    parameters: dict[str, Parameter] = {}
    for part in filter(None, (each.strip() for each in re.findall(_PARAMETER, text or ""))):
        key, equals, value = part.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z]\w*", key.strip()):
            raise InputError(f"A parameter is named as in {name}(key=value), not {part!r}.")
        parameters[key.strip()] = _value(value.strip())
    return parameters


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
