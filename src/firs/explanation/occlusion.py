"""Occlusion: what a score loses when a part of the picture is blurred.

``occlusion`` explains a score (Zeiler and Fergus, "Visualizing and understanding convolutional
networks", ECCV 2014, section 4.2, with a blur in place of a grey square; Fong and Vedaldi, ICCV
2017): windows that overlap by half are blurred one at a time, and each cell gets the mean loss of
the windows that cover it. It works with every encoder, and takes one encoding per window.

``measure_faithfulness`` tests the map of any method (Petsiuk, Das and Saenko, "RISE: randomized
input sampling for explanation of black-box models", BMVC 2018, section 4.1, with one step): the
area that the map marks most is blurred, and then areas of the same size and shape at random places.
A faithful map lowers the score more than chance does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from firs.encoders import Encoder
from firs.errors import InputError
from firs.explanation.base import EncodedWords, Explanation, ScoreExplainer
from firs.explanation.heatmaps import Cells, Map, prepare_picture, spread

BLUR = 0.08
"""The blur's radius (one standard deviation), as a share of the picture's longer side."""

SOFT = 0.01
"""The same for the edge of the blurred area, which would be a visible shape if it were hard."""

GRID = 8
"""Cells per side."""

WINDOW = 2
"""Cells per side of a blurred window."""

AREA = 0.2
"""The share of the picture that is blurred in the test of a map."""

PLACES = 8
"""How many random places the marked area is compared with."""

_TEST_GRID = 32
_OVERSAMPLING = 2


class BlurBaseline:
    """A sharp and a blurred copy of a picture.

    Args:
        picture: a picture of any size and mode.
        image_size: the side of the encoder's input, in pixels.
    """

    def __init__(self, picture: Image.Image, image_size: int) -> None:
        self.sharp = prepare_picture(picture, _OVERSAMPLING * image_size)
        longest = max(self.sharp.size)
        self._soft = SOFT * longest
        self._blurred = self.sharp.filter(ImageFilter.GaussianBlur(BLUR * longest))

    def blur_where(self, marked: NDArray[np.bool_]) -> Image.Image:
        """Return the picture, blurred where the grid ``(rows, cols)`` over it is true."""
        mask = Image.fromarray(marked.astype(np.uint8) * 255)
        enlarged = mask.resize(self.sharp.size, Image.Resampling.NEAREST)
        soft = enlarged.filter(ImageFilter.GaussianBlur(self._soft))
        return Image.composite(self._blurred, self.sharp, soft)


class Occlusion(ScoreExplainer):
    """The drop of the score when a window is blurred."""

    name = "occlusion"

    def _explain(self, _: Image.Image, upright: Image.Image, words: EncodedWords) -> Explanation:
        baseline = BlurBaseline(upright, self._encoder.image_size)
        windows = list(_windows())
        variants = [baseline.blur_where(window) for window in windows]
        whole, *others = self._encoder.encode_images([baseline.sharp, *variants])
        losses = words.score(whole) - np.array([words.score(other) for other in others])
        map_ = spread(_mean_loss(windows, losses), upright)
        return self._explanation(upright, words, whole, map_=map_)


def _windows() -> Iterator[NDArray[np.bool_]]:
    for top in range(GRID - WINDOW + 1):
        for left in range(GRID - WINDOW + 1):
            window = np.zeros((GRID, GRID), dtype=np.bool_)
            window[top : top + WINDOW, left : left + WINDOW] = True
            yield window


def _mean_loss(windows: Sequence[NDArray[np.bool_]], losses: NDArray[np.float64]) -> Cells:
    covered = np.stack(windows).astype(np.float64)
    total = np.tensordot(losses, covered, axes=1)
    return np.asarray(total / covered.sum(axis=0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """The result of a deletion test.

    Args:
        loss: the drop of the score when the marked area is blurred.
        elsewhere: the drop at each random place.
    """

    loss: float
    elsewhere: tuple[float, ...]

    @property
    def mean_elsewhere(self) -> float:
        """The mean drop at the random places."""
        return float(np.mean(self.elsewhere))

    @property
    def beats(self) -> float:
        """The share of the random places that lower the score less, from 0 to 1."""
        return float(np.mean([self.loss > other for other in self.elsewhere]))

    @property
    def summary(self) -> str:
        """The result as one line of text."""
        if self.loss <= 0:
            return "The score does not fall without the highlighted area: do not rely on this map."
        count = round(self.beats * len(self.elsewhere))
        return (
            f"Without the highlighted area the score falls by {self.loss:.3f}, without another one "
            f"by {self.mean_elsewhere:.3f} (less at {count} of {len(self.elsewhere)} places)."
        )


def measure_faithfulness(
    map_: Map, picture: Image.Image, text: str, encoder: Encoder, *, seed: int = 0
) -> Faithfulness:
    """Compare the area that a map marks with random places of the same area and shape.

    Args:
        map_: the map of the picture.
        picture: the picture as it is displayed.
        text: the text that the map explains.
        encoder: the encoder that computes the score.
        seed: the seed of the random places.

    Raises:
        InputError: the map marks nothing.
    """
    marked = most_marked(map_)
    baseline, random = BlurBaseline(picture, encoder.image_size), np.random.default_rng(seed)
    areas = [marked]
    for _ in range(PLACES):  # the same shape; what leaves at one side enters at the other
        shift = random.integers(1, _TEST_GRID, 2).tolist()
        areas.append(np.roll(marked, shift, axis=(0, 1)))
    vectors = encoder.encode_images([baseline.sharp, *map(baseline.blur_where, areas)])
    score, loss, *others = (vectors @ encoder.encode_texts([text])[0]).tolist()
    return Faithfulness(score - loss, tuple(score - other for other in others))


def most_marked(map_: Map, area: float = AREA) -> NDArray[np.bool_]:
    """Return which cells of a grid ``(32, 32)`` over the picture a map marks most.

    Raises:
        InputError: it marks nothing.
    """
    if not map_.any():
        raise InputError("The map marks nothing: no part of the picture matches the text.")
    size = (_TEST_GRID, _TEST_GRID)
    small = np.asarray(Image.fromarray(map_).resize(size, Image.Resampling.BOX)).ravel()
    marked = np.zeros(small.size, dtype=np.bool_)
    marked[np.argsort(-small, kind="stable")[: round(area * small.size)]] = True
    return marked.reshape(size)
