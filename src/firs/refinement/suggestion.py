"""A suggestion: another query, what it adds, and how it differs from the old one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from firs.errors import InputError


@dataclass(frozen=True, slots=True)
class Added:
    """Words that are searched for next to the query; a negative weight speaks against them.

    Raises:
        InputError: there are no words.
    """

    text: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise InputError("There are no words to refine the query with; type some.")

    def __str__(self) -> str:
        return f"{'+' if self.weight > 0 else '−'} {self.text}"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A better query, which no one has to take.

    Args:
        text: the query as it would read.
        added: what is searched for next to the old query if it is taken.
        why: what it changes, in a few words.
        similarity: how near the new text is to the old one, from -1 to 1; None where that was
            not measured.
        drifts: whether that is so far that it is shown and not taken by itself.
    """

    text: str
    added: tuple[Added, ...]
    why: str = ""
    similarity: float | None = None
    drifts: bool = False

    @property
    def label(self) -> str:
        """It in a few words: ``+ snowy``, or the whole text where it is another one."""
        is_chip = all(len(each.text.split()) <= _SHORT for each in self.added)
        return " ".join(map(str, self.added)) if is_chip else self.text


def suggestion_from_text(text: str) -> Suggestion:
    """What a person wrote or edited.

    Raises:
        InputError: there are no words.
    """
    return Suggestion(text.strip(), (Added(text.strip()),))


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of two texts: in both, only in the old one, or only in the new one."""

    kind: Literal["same", "gone", "new"]
    text: str


_SHORT = 3
_WORD = re.compile(r"\S+")


def difference(old: str, new: str) -> list[Piece]:
    """Return what changed from one text to another, word by word; deletions come first.

    >>> [(piece.kind, piece.text) for piece in difference("a dog runs", "a brown dog runs")]
    [('same', 'a'), ('new', 'brown'), ('same', 'dog runs')]
    """
    before, after = _WORD.findall(old), _WORD.findall(new)
    plain = [[word.lower().strip(".,;") for word in words] for words in (before, after)]
    matcher = SequenceMatcher(a=plain[0], b=plain[1], autojunk=False)
    return [
        piece
        for kind, a, b, c, d in matcher.get_opcodes()
        for piece in _pieces(kind, before[a:b], after[c:d])
    ]


def _pieces(kind: str, old: list[str], new: list[str]) -> Iterator[Piece]:
    if kind == "equal":
        yield Piece("same", " ".join(new))
        return
    if old:
        yield Piece("gone", " ".join(old))
    if new:
        yield Piece("new", " ".join(new))
