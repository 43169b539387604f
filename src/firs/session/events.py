"""What happens in a session, as it is written down: marks, and steps to the next round.

A session is its query and its events, in order; everything else follows from them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, TypeAlias

from firs.errors import InputError


@dataclass(frozen=True, slots=True)
class Mark:
    """Marks given on a round; ids of images.

    Raises:
        InputError: an id is marked as two things at once.
    """

    round: int
    relevant: tuple[int, ...] = ()
    irrelevant: tuple[int, ...] = ()
    found: int | None = None
    clear: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        found = () if self.found is None else (self.found,)
        sides = [set(self.relevant), set(self.irrelevant), set(found), set(self.clear)]
        if sum(map(len, sides)) > len(set().union(*sides)):
            both = [id_ for id_ in set().union(*sides) if sum(id_ in side for side in sides) > 1]
            raise InputError(
                f"Image {min(both)} is marked as two things at once; an image is relevant, not "
                f"relevant, the one that was meant, or cleared."
            )

    def ids(self) -> Iterable[int]:
        """All images that are marked or cleared."""
        found = () if self.found is None else (self.found,)
        return (*self.relevant, *self.irrelevant, *found, *self.clear)


@dataclass(frozen=True, slots=True)
class Next:
    """A step from a round to a new one.

    Args:
        round: the one that was looked at.
        method: a name in ``firs.feedback.FEEDBACKS``.
        strength: how much the marks count.
        shown: how many of the round's first results were looked at.
        again: whether images that were seen are shown again.

    Raises:
        InputError: ``shown`` is negative.
    """

    round: int
    method: str
    strength: float
    shown: int
    again: bool

    def __post_init__(self) -> None:
        if self.shown < 0:
            raise InputError(f"A person saw 0 images or more, not {self.shown}.")


Event: TypeAlias = Mark | Next

_KINDS: dict[str, type[Mark] | type[Next]] = {"mark": Mark, "next": Next}


def event_to_json(event: Event) -> dict[str, Any]:
    """An object that JSON can hold."""
    kind = "mark" if isinstance(event, Mark) else "next"
    return {"kind": kind} | asdict(event)


def event_from_json(told: Mapping[str, Any]) -> Event:
    """The event that ``event_to_json`` told of.

    Raises:
        InputError: it is none.
    """
    rest = dict(told)
    try:
        kind = _KINDS[rest.pop("kind")]
        given: dict[str, Any] = {
            key: tuple(int(id_) for id_ in value) if isinstance(value, list | tuple) else value
            for key, value in rest.items()
        }
        event = kind(**given)
        _check(event)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"This is no event of a session: {dict(told)!r} ({error}).") from error
    return event


def _check(event: Event) -> None:
    """Raise a TypeError where a number is none, or no id can be so large."""
    numbers: list[object] = [event.round]
    if isinstance(event, Mark):
        numbers += event.ids()
    else:
        numbers.append(event.shown)
        if not (isinstance(event.strength, int | float) and isfinite(event.strength)):
            raise TypeError("a strength is a number")
    if not all(isinstance(number, int) and 0 <= number < 2**63 for number in numbers):
        raise TypeError("rounds and images are whole numbers, from 0 on")
