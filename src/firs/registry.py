"""One registry for every family: a name → its class, imported on first use."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Generic, TypeVar, cast

from firs.errors import InputError

Member = TypeVar("Member")


class Registry(Generic[Member]):
    """Names of a family's members and where each lives.

    >>> shapes = Registry("shape", {"fraction": "fractions:Fraction"})
    >>> shapes.load("fraction").__name__
    'Fraction'
    >>> list(shapes)
    ['fraction']
    """

    def __init__(self, family: str, members: Mapping[str, str]) -> None:
        self._family = family
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
            raise InputError(f"There is no {self._family} called {name!r}. Choose one of: {known}.")
        module, _, attribute = self._members[name].partition(":")
        return cast("Member", getattr(import_module(module), attribute))
