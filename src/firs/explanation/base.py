"""The protocol that every way to explain a match keeps, and what it tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.pictures import to_rgb

Map: TypeAlias = NDArray[np.float32]
"""float32 ``(height, width)`` in 0 to 1: how much each pixel of the picture speaks for the text."""

Cells: TypeAlias = NDArray[np.float32]
"""float32 ``(rows, cols)``: what each cell of the picture adds to a score."""

LARGEST = 1024
"""Pixels that the longer side of a picture has at most as it is shown."""

_ROUGH = 3


@dataclass(frozen=True, slots=True)
class WordShare:
    """A word of the query, and what the score loses without it.

    Args:
        word: as it was written.
        start: where it begins in the text, in characters.
        share: of the score; negative where the picture matches better without the word.
    """

    word: str
    start: int
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A phrase of the query, and where it is seen."""

    phrase: str
    map: Map


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Why a picture matches a text.

    Args:
        method: what made it, a name in ``firs.explanation.EXPLAINERS``.
        text: the text.
        picture: RGB, upright, as it is shown; its longer side has at most ``LARGEST`` pixels.
        map: of the picture; None where the method marks no places.
        score: the cosine of text and picture; None where the method knows none.
        cells: what each cell adds to the score, where that is known; they may be negative.
        words: the words of the text that were judged, in their order.
        parts: phrases of the text, each with a map of its own, where the method tells them apart.
    """

    method: str
    text: str
    picture: Image.Image
    map: Map | None = None
    score: float | None = None
    cells: Cells | None = None
    words: tuple[WordShare, ...] = ()
    parts: tuple[Part, ...] = ()


@runtime_checkable
class Explainer(Protocol):
    """Pictures and a text → why they match."""

    @property
    def name(self) -> str:
        """The method's name."""

    def explain(self, pictures: Sequence[Image.Image], text: str) -> list[Explanation]:
        """Explain each of some pictures, of any size and mode, in their order.

        Raises:
            InputError: there is no word in the text.
        """


def shown(picture: Image.Image, largest: int = LARGEST) -> Image.Image:
    """The picture as it is shown: RGB, upright, its longer side at most ``largest`` pixels."""
    upright = to_rgb(picture)
    longest = max(upright.size)
    if longest <= largest:
        return upright
    size = (_scaled(upright.width, longest, largest), _scaled(upright.height, longest, largest))
    return upright.resize(size, Image.Resampling.LANCZOS, reducing_gap=_ROUGH)


def _scaled(side: int, longest: int, largest: int) -> int:
    return max(1, round(side * largest / longest))


def brightest(values: Map) -> Map:
    """A map scaled so that its highest value is 1; what is below 0 becomes 0."""
    above = np.maximum(values, 0)
    highest = above.max(initial=0)
    return np.asarray(above / highest if highest > 0 else above, dtype=np.float32)
