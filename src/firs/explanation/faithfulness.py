"""Whether a map marks what the score rests on: a deletion test.

Petsiuk, Das and Saenko, "RISE: randomized input sampling for explanation of black-box models",
BMVC 2018, section 4.1, at one step, with its own yardstick next to it: what the map marks most is
blurred, and then, again and again, as much at random places in the same shape. A map that is
faithful takes more off the score than chance does.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import Encoder
from firs.errors import InputError
from firs.explanation.heatmaps import BlurBaseline, Map

AREA = 0.2
"""The share of the picture that is blurred."""

PLACES = 8
"""How many random places the marked one is compared with."""

_GRID = 32


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """What a score loses.

    Args:
        loss: when what is marked is blurred.
        elsewhere: when as much is blurred at random places, each.
    """

    loss: float
    elsewhere: tuple[float, ...]

    @property
    def usual(self) -> float:
        """The mean loss elsewhere."""
        return float(np.mean(self.elsewhere))

    @property
    def beats(self) -> float:
        """The share of the random places that cost the score less, from 0 to 1."""
        return float(np.mean([self.loss > other for other in self.elsewhere]))

    @property
    def summary(self) -> str:
        """In a line, for a person."""
        if self.loss <= 0:
            return "Blurred there, the score loses nothing: do not trust this map."
        less = round(self.beats * len(self.elsewhere))
        return (
            f"Blurred there, the score loses {self.loss:.3f}; elsewhere {self.usual:.3f} "
            f"(less at {less} of {len(self.elsewhere)} random places)."
        )


def faithfulness(
    map_: Map, picture: Image.Image, text: str, encoder: Encoder, *, seed: int = 0
) -> Faithfulness:
    """Compare what a map marks with random places of the same area and shape.

    Args:
        map_: of the picture.
        picture: as it is shown.
        text: what the map is for.
        encoder: the encoder that computes the score.
        seed: the same number, the same random places.

    Raises:
        InputError: the map marks nothing.
    """
    marked = most_marked(map_)
    blurred, random = BlurBaseline(picture, encoder.image_size), np.random.default_rng(seed)
    places = [marked, *(_shift(marked, random) for _ in range(PLACES))]
    vectors = encoder.encode_images([blurred.sharp, *map(blurred.where, places)])
    [told] = encoder.encode_texts([text])
    score, loss, *others = (vectors @ told).tolist()
    return Faithfulness(score - loss, tuple(score - other for other in others))


def most_marked(map_: Map, area: float = AREA) -> NDArray[np.bool_]:
    """On a grid ``(32, 32)`` over the picture, the share of it that a map marks most.

    Raises:
        InputError: it marks nothing.
    """
    if not map_.any():
        raise InputError("The map marks nothing: no part of the picture speaks for the text.")
    size = (_GRID, _GRID)
    small = np.asarray(Image.fromarray(map_).resize(size, Image.Resampling.BOX)).ravel()
    marked = np.zeros(small.size, dtype=np.bool_)
    marked[np.argsort(-small, kind="stable")[: round(area * small.size)]] = True
    return marked.reshape(_GRID, _GRID)


def _shift(marked: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.bool_]:
    """The same shape elsewhere; what leaves at one side comes in at the other."""
    down, right = random.integers(1, _GRID, 2).tolist()
    return np.roll(marked, (down, right), axis=(0, 1))
