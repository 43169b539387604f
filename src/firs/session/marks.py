"""Marks on the images of a round, and on all rounds up to one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from firs.session.events import Mark

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
