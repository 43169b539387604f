"""What happens in a session, as it is written down: marks, and steps to the next round.

A session is its query and its events, in order; everything else follows from them.
"""

import base64
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from firs.errors import InputError
from firs.search.searcher import Vector

_FAR = 1 << 63
"""Numbers from here on no database holds."""

MOST_TERMS = 32
STRONGEST = 10


@dataclass(frozen=True, slots=True)
class Mark:
    """Marks given on a round; ids of images.

    Raises:
        InputError: an id is marked as two things at once, or is none that an image can have.
    """

    round: int
    relevant: tuple[int, ...] = ()
    irrelevant: tuple[int, ...] = ()
    found: int | None = None
    clear: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for id_ in self.ids():
            if not -_FAR <= id_ < _FAR:
                raise InputError(f"There is no image with the id {id_} in the collection.")
        sides = [set(self.relevant), set(self.irrelevant), set(self._relevant), set(self.clear)]
        both = [id_ for id_ in set().union(*sides) if sum(id_ in side for side in sides) > 1]
        if both:
            raise InputError(
                f"Image {min(both)} is marked as two things at once; an image is relevant, not "
                f"relevant, the one that was meant, or cleared."
            )

    def ids(self) -> tuple[int, ...]:
        """All images that are marked or cleared."""
        return (*self.relevant, *self.irrelevant, *self._relevant, *self.clear)

    def subset(self, known: Collection[int]) -> "Mark":
        """Return the same without images that are not among those known."""
        return Mark(
            self.round,
            tuple(id_ for id_ in self.relevant if id_ in known),
            tuple(id_ for id_ in self.irrelevant if id_ in known),
            self.found if self.found in known else None,
            tuple(id_ for id_ in self.clear if id_ in known),
        )

    @property
    def _relevant(self) -> tuple[int, ...]:
        return () if self.found is None else (self.found,)


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
        InputError: ``shown`` is negative, or more than can be.
    """

    round: int
    method: str
    strength: float
    shown: int
    again: bool

    def __post_init__(self) -> None:
        _require_seen(self.shown)


@dataclass(frozen=True, slots=True)
class Pushed:
    """Words that were searched for next to the query; negative against.

    Args:
        text: the words.
        weight: how much they count.
        vector: base64 of float32 ``(dim,)``, so that nothing need be encoded again.
    """

    text: str
    weight: float
    vector: str


@dataclass(frozen=True, slots=True)
class Refine:
    """A refinement that was taken: a step from a round to a new one.

    Args:
        round: the one that was refined.
        text: the query as it then reads.
        terms: what is searched for next to the query.
        strength: how much that counts, where the query counts 1.
        by: who proposed it, such as ``terms``; or ``typed``.
        shown: how many of the round's first results were looked at.
        again: whether images that were seen are shown again.

    Raises:
        InputError: there are no terms, or a number is out of range.
    """

    round: int
    text: str
    terms: tuple[Pushed, ...]
    strength: float
    by: str
    shown: int
    again: bool

    def __post_init__(self) -> None:
        _require_seen(self.shown)
        if not self.terms or len(self.terms) > MOST_TERMS:
            raise InputError(f"A refinement adds 1 to {MOST_TERMS} terms, not {len(self.terms)}.")
        if not 0 <= self.strength <= STRONGEST:
            raise InputError(
                f"The strength of a refinement is from 0 to {STRONGEST}, not {self.strength}."
            )


Step: TypeAlias = Next | Refine
"""What leads to a new round."""

Event: TypeAlias = Mark | Step

_KINDS: dict[str, type[Mark] | type[Next] | type[Refine]] = {
    "mark": Mark,
    "next": Next,
    "refine": Refine,
}


def _require_seen(shown: int) -> None:
    if not 0 <= shown < _FAR:
        raise InputError(f"A person saw 0 images or more, not {shown}.")


def event_to_json(event: Event) -> dict[str, Any]:
    """An object that JSON can hold."""
    kind = next(name for name, of in _KINDS.items() if isinstance(event, of))
    return {"kind": kind} | asdict(event)


def event_from_json(told: object) -> Event:
    """Parse an event that ``event_to_json`` wrote.

    Raises:
        InputError: it is none.
    """
    if not isinstance(told, Mapping):
        raise InputError("An event of a session is an object with its kind.")
    try:
        given = {key: _READERS[key](value) for key, value in told.items() if key != "kind"}
        event = _KINDS[told["kind"]](**given)
    except KeyError as error:
        raise InputError(
            f"This is no event of a session ({error} is missing or unknown)."
        ) from error
    except TypeError as error:
        raise InputError(f"This is no event of a session ({error}).") from error
    return event


def whole(value: object) -> int:
    """A whole number that a database can hold.

    Raises:
        TypeError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not -_FAR <= value < _FAR:
        raise TypeError("rounds, images and counts are whole numbers")
    return value


def _wholes(value: object) -> tuple[int, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError("images are given as a list")
    return tuple(dict.fromkeys(map(whole, value)))


def _perhaps(value: object) -> int | None:
    return None if value is None else whole(value)


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("methods and texts are words")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _FAR:
        raise TypeError("a strength is a number")
    return float(value)


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("again is true or false")
    return value


def _parse_pushes(value: object) -> tuple[Pushed, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError("terms are given as a list")
    return tuple(
        Pushed(_name(each["text"]), _number(each["weight"]), _name(each["vector"]))
        for each in value
        if isinstance(each, Mapping)
    )


_READERS: dict[object, Callable[[object], Any]] = {
    "round": whole,
    "relevant": _wholes,
    "irrelevant": _wholes,
    "found": _perhaps,
    "clear": _wholes,
    "method": _name,
    "strength": _number,
    "shown": whole,
    "again": _yes_or_no,
    "text": _name,
    "terms": _parse_pushes,
    "by": _name,
}


_UNEVEN = 0.01
"""Tolerance of the length of vectors stored in half precision."""


def to_base64(vector: Vector) -> str:
    """A vector in letters."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def from_base64(text: str, shortest: float = 1, longest: float = 1) -> Vector:
    """The vector, float32 ``(dim,)``.

    Raises:
        ValueError: it is none, or its length is not between ``shortest`` and ``longest``.
    """
    raw = base64.b64decode(text, validate=True)
    vector = np.frombuffer(raw, dtype="<f4").astype(np.float32)
    length = float(np.linalg.norm(vector.astype(np.float64)))
    if not shortest - _UNEVEN <= length <= longest + _UNEVEN:
        raise ValueError("a vector is not of length 1")
    return vector


Kind: TypeAlias = Literal["relevant", "irrelevant", "found"]
"""Ticked, crossed, or "this is it"."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks of one round; ids of images in the order of marking.

    Args:
        relevant: ticked.
        irrelevant: crossed.
        found: the target image.
        cleared: marked on an earlier round, and unmarked here.
    """

    relevant: tuple[int, ...] = ()
    irrelevant: tuple[int, ...] = ()
    found: int | None = None
    cleared: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.relevant or self.irrelevant or self.found is not None or self.cleared)

    def and_then(self, event: Mark) -> "Marks":
        """Return the marks after an event; the newest mark of an image replaces older ones.

        If another image becomes the target, the former target becomes relevant.
        """
        changed = set(event.ids())
        found = None if self.found in changed else self.found
        ticked = () if found is None or event.found is None else (found,)
        return Marks(
            _without(self.relevant, changed) + event.relevant + ticked,
            _without(self.irrelevant, changed) + event.irrelevant,
            found if event.found is None else event.found,
            _without(self.cleared, changed) + event.clear,
        )

    def kinds(self) -> dict[int, Kind | None]:
        """Image → its mark here; None where one from before was cleared."""
        told: dict[int, Kind | None] = dict.fromkeys(self.cleared)
        told |= dict.fromkeys(self.relevant, "relevant")
        told |= dict.fromkeys(self.irrelevant, "irrelevant")
        return told if self.found is None else told | {self.found: "found"}


@dataclass(frozen=True, slots=True)
class CurrentMark:
    """The mark that an image has in the end, and the round on which it was given."""

    kind: Kind
    round: int


def current_marks(path: Iterable[tuple[int, Marks]]) -> dict[int, CurrentMark]:
    """Return the current marks after several rounds, given as number and marks, first round first.

    An image has one mark, its newest; only the newest target stays one, older ones become relevant.
    """
    held: dict[int, CurrentMark] = {}
    for number, marks in path:
        if marks.found is not None:
            held = {id_: _no_longer_found(mark) for id_, mark in held.items()}
        for id_, kind in marks.kinds().items():
            held.pop(id_, None)
            if kind is not None:
                held[id_] = CurrentMark(kind, number)
    return held


def _no_longer_found(mark: CurrentMark) -> CurrentMark:
    return CurrentMark("relevant", mark.round) if mark.kind == "found" else mark


def _without(ids: tuple[int, ...], changed: set[int]) -> tuple[int, ...]:
    return tuple(id_ for id_ in ids if id_ not in changed)
