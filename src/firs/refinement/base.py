"""A suggestion: another query, what it adds, and how it differs from the old one."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, Protocol, runtime_checkable

from PIL import Image

from firs.encoders import Vectors
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


@dataclass(frozen=True, slots=True)
class Picture:
    """An image to be captioned.

    Args:
        load: reads its pixels; called only by those who look at them.
        vector: float32 ``(dim,)``, as the encoder of the search has it.
        captions: the captions that the collection has of it.
    """

    load: Callable[[], Image.Image]
    vector: Vectors
    captions: tuple[str, ...] = ()

    @property
    def image(self) -> Image.Image:
        """Its pixels.

        Raises:
            ImageError: the file is gone or damaged.
        """
        return self.load()


@runtime_checkable
class Captioner(Protocol):
    """An image → what it shows, in words; closed by the code that opened it."""

    @property
    def key(self) -> str:
        """Names all that its captions depend on but the image; no secret is in it."""

    @property
    def sends(self) -> str:
        """The machine that images are sent to; nothing where they do not leave this process."""

    @property
    def spent(self) -> tuple[int, int]:
        """Tokens read and written so far, where a server counts them; else zeros."""

    def close(self) -> None:
        """Close what is open, such as connections; harmless where nothing is."""

    def caption(self, picture: Picture) -> tuple[str, ...]:
        """One caption or more.

        Raises:
            RefinementError: there is none to be had; the message is one line.
        """


@dataclass(frozen=True, slots=True)
class CaptionedImage:
    """one image with its captions, and the cosine of each to the query's words."""

    captions: tuple[str, ...]
    near: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class RefinementRequest:
    """What a refiner works on.

    Args:
        text: the text of the query.
        marked: the images that fit: ticked ones, or the first where nothing is marked.
        others: images that were shown next to them.
        crossed: images that do not fit.
        guessed: whether nothing was marked, so that ``marked`` is a guess.
    """

    text: str
    marked: Sequence[CaptionedImage]
    others: Sequence[CaptionedImage] = ()
    crossed: Sequence[CaptionedImage] = ()
    guessed: bool = False

    @property
    def captions(self) -> list[str]:
        """All captions of any of the images."""
        told = (*self.marked, *self.others, *self.crossed)
        return [caption for each in told for caption in each.captions]


@runtime_checkable
class Refiner(Protocol):
    """A query and captions of results → better queries; closed by the code that opened it."""

    @property
    def sends(self) -> str:
        """The machine that the query and the captions are sent to; nothing where none are."""

    def close(self) -> None:
        """Close what is open, such as connections; harmless where nothing is."""

    def refine(self, asked: RefinementRequest) -> list[Suggestion]:
        """Suggestions, the best first; none where there is nothing to add.

        Raises:
            RefinementError: there is no answer to be had; the message is one line.
        """
