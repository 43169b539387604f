"""The events of a session as they are stored: marks, and steps to the next round.

A session is its query and its events, in order; everything else follows from them.
"""

import base64
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from firs.errors import InputError
from firs.search.searcher import Vector

_INTEGER_LIMIT = 1 << 63
"""Integers of this size and above cannot be stored in a database."""

MOST_TERMS = 32
STRONGEST = 10


@dataclass(frozen=True, slots=True)
class Mark:
    """Marks given on a round; ids of images.

    Raises:
        InputError: an image has two marks, or no image can have one of the ids.
    """

    round: int
    relevant: tuple[int, ...] = ()
    irrelevant: tuple[int, ...] = ()
    found: int | None = None
    clear: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for id_ in self.ids():
            if not -_INTEGER_LIMIT <= id_ < _INTEGER_LIMIT:
                raise InputError(f"There is no image with the id {id_} in the collection.")
        groups = [set(group) for group in self._groups()]
        both = [id_ for id_ in self.ids() if sum(id_ in group for group in groups) > 1]
        if both:
            raise InputError(
                f"Image {min(both)} is marked as two things at once; an image is relevant, "
                f"irrelevant, found, or cleared."
            )

    def _groups(self) -> tuple[tuple[int, ...], ...]:
        found = () if self.found is None else (self.found,)
        return self.relevant, self.irrelevant, found, self.clear

    def ids(self) -> tuple[int, ...]:
        """Return the ids of all images that are marked or cleared."""
        return sum(self._groups(), ())

    def subset(self, known: Collection[int]) -> "Mark":
        """Return the event without images that are not in ``known``."""
        relevant, irrelevant, found, clear = (
            tuple(id_ for id_ in group if id_ in known) for group in self._groups()
        )
        return Mark(self.round, relevant, irrelevant, found[0] if found else None, clear)


@dataclass(frozen=True, slots=True)
class Next:
    """A feedback step from a round to a new one.

    Args:
        round: the round that was viewed.
        method: a name in ``firs.feedback.FEEDBACKS``.
        strength: weight of the marks.
        shown: number of results of the round that were viewed.
        again: whether images that were seen are shown again.

    Raises:
        InputError: ``shown`` is out of range.
    """

    round: int
    method: str
    strength: float
    shown: int
    again: bool

    def __post_init__(self) -> None:
        _check_viewed(self.shown)


@dataclass(frozen=True, slots=True)
class Pushed:
    """A term added to the query; a negative weight lowers the scores of its matches.

    Args:
        text: the term.
        weight: its weight.
        vector: base64 of float32 ``(dim,)``, so that it need not be encoded again.
    """

    text: str
    weight: float
    vector: str


@dataclass(frozen=True, slots=True)
class Refine:
    """A refinement step from a round to a new one.

    Args:
        round: the round that was refined.
        text: the refined query.
        terms: the terms added.
        strength: weight of the terms relative to the query.
        by: name of the refiner; ``typed`` for a text of the user.
        shown: number of results of the round that were viewed.
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
        _check_viewed(self.shown)
        if not self.terms or len(self.terms) > MOST_TERMS:
            raise InputError(f"A refinement adds 1 to {MOST_TERMS} terms, not {len(self.terms)}.")
        if not 0 <= self.strength <= STRONGEST:
            raise InputError(
                f"The strength of a refinement is from 0 to {STRONGEST}, not {self.strength}."
            )


def _check_viewed(shown: int) -> None:
    if not 0 <= shown < _INTEGER_LIMIT:
        raise InputError(f"A person saw 0 images or more, not {shown}.")


Step: TypeAlias = Next | Refine
"""An event that leads to a new round."""

Event: TypeAlias = Mark | Step

_KINDS: dict[str, type[Mark] | type[Next] | type[Refine]] = {
    "mark": Mark,
    "next": Next,
    "refine": Refine,
}


def event_to_json(event: Event) -> dict[str, Any]:
    """Return an event as a JSON object."""
    kind = next(name for name, of in _KINDS.items() if isinstance(event, of))
    return {"kind": kind} | asdict(event)


def event_from_json(value: object) -> Event:
    """Parse an event that ``event_to_json`` wrote.

    Raises:
        InputError: it is not an event.
    """
    if not isinstance(value, Mapping):
        raise InputError("An event of a session is an object with its kind.")
    try:
        fields = {key: _PARSERS[key](item) for key, item in value.items() if key != "kind"}
        return _KINDS[value["kind"]](**fields)
    except KeyError as error:
        reason = f"{error} is missing or unknown"
        raise InputError(f"This is no event of a session ({reason}).") from error
    except TypeError as error:
        raise InputError(f"This is no event of a session ({error}).") from error


def parse_integer(value: object) -> int:
    """Return a value that is an integer and can be stored in a database.

    Raises:
        TypeError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("rounds, images and counts are whole numbers")
    if not -_INTEGER_LIMIT <= value < _INTEGER_LIMIT:
        raise TypeError("a number is too large")
    return value


def parse_text(value: object) -> str:
    """Return a value that is a text.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(value, str):
        raise TypeError("names and texts are strings")
    return value


def _parse_ids(value: object) -> tuple[int, ...]:
    return tuple(dict.fromkeys(map(parse_integer, _parse_list(value))))


def _parse_list(value: object) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError("images and terms are given as a list")
    return value


def _parse_number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a strength is a number")
    if not abs(value) < _INTEGER_LIMIT:
        raise TypeError("a strength is a finite number")
    return float(value)


def _parse_bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("again is true or false")
    return value


def _parse_terms(value: object) -> tuple[Pushed, ...]:
    return tuple(
        Pushed(parse_text(each["text"]), _parse_number(each["weight"]), parse_text(each["vector"]))
        for each in _parse_list(value)
        if isinstance(each, Mapping)
    )


_PARSERS: dict[object, Callable[[object], Any]] = {
    "round": parse_integer,
    "relevant": _parse_ids,
    "irrelevant": _parse_ids,
    "found": lambda value: None if value is None else parse_integer(value),
    "clear": _parse_ids,
    "method": parse_text,
    "strength": _parse_number,
    "shown": parse_integer,
    "again": _parse_bool,
    "text": parse_text,
    "terms": _parse_terms,
    "by": parse_text,
}


_LENGTH_TOLERANCE = 0.01
"""Tolerance of the length of vectors that were stored in half precision."""


def to_base64(vector: Vector) -> str:
    """Return the numbers of a vector as base64."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def from_base64(text: str, shortest: float = 1, longest: float = 1) -> Vector:
    """Return the vector that ``to_base64`` wrote: float32 ``(dim,)``.

    Raises:
        ValueError: it is not a vector, or its length is not from ``shortest`` to ``longest``.
    """
    raw = base64.b64decode(text, validate=True)
    vector = np.frombuffer(raw, dtype="<f4").astype(np.float32)
    length = float(np.linalg.norm(vector.astype(np.float64)))
    if not shortest - _LENGTH_TOLERANCE <= length <= longest + _LENGTH_TOLERANCE:
        raise ValueError("a vector is not of length 1")
    return vector


Kind: TypeAlias = Literal["relevant", "irrelevant", "found"]
"""The kind of a mark; ``found`` is the target image."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks of one round; ids of images in the order of marking.

    Args:
        relevant: images that match.
        irrelevant: images that do not match.
        found: the target image.
        cleared: images that were marked on an earlier round, and are unmarked here.
    """

    relevant: tuple[int, ...] = ()
    irrelevant: tuple[int, ...] = ()
    found: int | None = None
    cleared: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return self != Marks()

    def apply(self, event: Mark) -> "Marks":
        """Return the marks after an event; the newest mark of an image replaces older ones.

        If another image becomes the target, the former target becomes relevant.
        """
        changed = set(event.ids())

        def unchanged(ids: Iterable[int]) -> tuple[int, ...]:
            return tuple(id_ for id_ in ids if id_ not in changed)

        found = None if self.found in changed else self.found
        former = () if found is None or event.found is None else (found,)
        return Marks(
            unchanged(self.relevant) + event.relevant + former,
            unchanged(self.irrelevant) + event.irrelevant,
            found if event.found is None else event.found,
            unchanged(self.cleared) + event.clear,
        )

    def kinds(self) -> dict[int, Kind | None]:
        """Return the kind of each image's mark; None if an earlier mark was cleared."""
        kinds: dict[int, Kind | None] = dict.fromkeys(self.cleared)
        kinds |= dict.fromkeys(self.relevant, "relevant")
        kinds |= dict.fromkeys(self.irrelevant, "irrelevant")
        return kinds if self.found is None else kinds | {self.found: "found"}


@dataclass(frozen=True, slots=True)
class CurrentMark:
    """The newest mark of an image, and the round on which it was given."""

    kind: Kind
    round: int


def merge_marks(path: Iterable[tuple[int, Marks]]) -> dict[int, CurrentMark]:
    """Return the current marks after several rounds, given as number and marks, first round first.

    An image has one mark, its newest. Only the newest target remains a target; older ones become
    relevant.
    """
    current: dict[int, CurrentMark] = {}
    for number, marks in path:
        if marks.found is not None:
            current = {
                id_: CurrentMark("relevant", mark.round) if mark.kind == "found" else mark
                for id_, mark in current.items()
            }
        for id_, kind in marks.kinds().items():
            current.pop(id_, None)
            if kind is not None:
                current[id_] = CurrentMark(kind, number)
    return current
