"""The protocol of every explanation method, and its result."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from PIL import Image

from firs.explanation.heatmaps import Cells, Map, draw_outline, overlaid


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
        parts: phrases of the text, each with a map, if the method distinguishes them.
    """

    method: str
    text: str
    picture: Image.Image
    map: Map | None = None
    score: float | None = None
    cells: Cells | None = None
    words: tuple[WordShare, ...] = ()
    parts: tuple[Part, ...] = ()

    def overlay(self) -> Image.Image:
        """The picture with its map over it; as it is where the method marks no places."""
        return self.picture.copy() if self.map is None else overlaid(self.picture, self.map)

    def outline(self) -> Image.Image:
        """The picture with a line around what is marked; as it is where nothing is."""
        return self.picture.copy() if self.map is None else draw_outline(self.picture, self.map)


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
