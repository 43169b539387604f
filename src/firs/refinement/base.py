"""The protocols of every captioner and every refiner, their input, and a suggestion."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, Protocol, runtime_checkable

from PIL import Image

from firs.encoders import Vectors
from firs.errors import InputError

_MAX_CHIP_WORDS = 3
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Added:
    """A term to add to the query; a negative weight lowers the scores of its matches.

    Raises:
        InputError: the text is empty.
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
    """A suggested query, which is optional.

    Args:
        text: the query as it would read.
        added: the terms that are searched in addition to the old query.
        why: what it changes, in a few words.
        similarity: cosine of the new text and the old one, from -1 to 1; None if not measured.
        drifts: whether the similarity is too low to accept it without a look.
    """

    text: str
    added: tuple[Added, ...]
    why: str = ""
    similarity: float | None = None
    drifts: bool = False

    @property
    def label(self) -> str:
        """A short form such as ``+ snowy``, or the whole text if the terms are long."""
        is_chip = all(len(each.text.split()) <= _MAX_CHIP_WORDS for each in self.added)
        return " ".join(map(str, self.added)) if is_chip else self.text


def suggestion_from_text(text: str) -> Suggestion:
    """Return a typed or edited text as a suggestion.

    Raises:
        InputError: the text is empty.
    """
    return Suggestion(text.strip(), (Added(text.strip()),))


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of two texts: in both, only in the old one, or only in the new one."""

    kind: Literal["same", "gone", "new"]
    text: str


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
        for piece in _pieces(kind, " ".join(before[a:b]), " ".join(after[c:d]))
    ]


def _pieces(kind: str, old: str, new: str) -> Iterator[Piece]:
    if kind == "equal":
        yield Piece("same", new)
        return
    if old:
        yield Piece("gone", old)
    if new:
        yield Piece("new", new)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image to be captioned.

    Args:
        load: returns its pixels; called only by captioners that need them.
        vector: float32 ``(dim,)``, its embedding by the encoder of the search.
        captions: its captions in the collection.
    """

    load: Callable[[], Image.Image]
    vector: Vectors
    captions: tuple[str, ...] = ()

    @property
    def image(self) -> Image.Image:
        """Its pixels.

        Raises:
            ImageError: the file does not exist or is damaged.
        """
        return self.load()


@runtime_checkable
class Captioner(Protocol):
    """An image → captions; closed by the code that opened it."""

    @property
    def key(self) -> str:
        """Identifies everything except the image that its captions depend on, without secrets."""

    @property
    def sends(self) -> str:
        """The host that images are sent to; empty if they do not leave this process."""

    @property
    def spent(self) -> tuple[int, int]:
        """Tokens read and written so far, if a server counts them; else zeros."""

    def close(self) -> None:
        """Close open connections, if any."""

    def caption(self, picture: Picture) -> tuple[str, ...]:
        """Return one caption or more.

        Raises:
            RefinementError: it fails; the message is one line.
        """


@dataclass(frozen=True, slots=True)
class CaptionedImage:
    """An image's captions, and the cosine of each to the text of the query."""

    captions: tuple[str, ...]
    near: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class RefinementRequest:
    """The input of a refiner.

    Args:
        text: the text of the query.
        marked: relevant images; the first results if nothing is marked.
        others: images that were shown with them.
        crossed: irrelevant images.
        guessed: whether nothing was marked, so that ``marked`` is a guess.
    """

    text: str
    marked: Sequence[CaptionedImage]
    others: Sequence[CaptionedImage] = ()
    crossed: Sequence[CaptionedImage] = ()
    guessed: bool = False


@runtime_checkable
class Refiner(Protocol):
    """A query and captions of results → better queries; closed by the code that opened it."""

    @property
    def sends(self) -> str:
        """The host that the query and captions are sent to; empty if they are not sent."""

    def close(self) -> None:
        """Close open connections, if any."""

    def refine(self, request: RefinementRequest) -> list[Suggestion]:
        """Return suggestions, the best first; empty if there is nothing to add.

        Raises:
            RefinementError: it fails; the message is one line.
        """
