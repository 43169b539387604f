"""The protocols of every captioner and every refiner, and their input."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from PIL import Image

from firs.encoders import Vectors
from firs.refinement.suggestion import Suggestion


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
