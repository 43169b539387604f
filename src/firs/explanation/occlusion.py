"""``occlusion``: what the score loses when a part of the picture is blurred.

Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014, section 4.2,
with a blur in place of a grey square (Fong and Vedaldi, ICCV 2017): windows that overlap by half
are blurred one at a time, and each cell is given the mean loss of those that cover it. It needs
nothing of the encoder but its vectors, and takes as many encodings as there are windows.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import Encoder
from firs.explanation.base import Explanation
from firs.explanation.heatmaps import BlurBaseline, Cells, prepare_picture, spread
from firs.explanation.words import EncodedWords

GRID = 8
"""Cells a side."""

WINDOW = 2
"""Cells a side that are blurred at once."""


class Occlusion:
    """Blurs windows, one at a time.

    Args:
        encoder: any.
    """

    name = "occlusion"

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def explain(self, pictures: Sequence[Image.Image], text: str) -> list[Explanation]:
        """Compute what the score of each picture loses where, and by each word.

        Raises:
            InputError: there is no word in the text.
        """
        told = EncodedWords(self._encoder, text)
        return [self._explanation(picture, told, text) for picture in pictures]

    def _explanation(self, picture: Image.Image, told: EncodedWords, text: str) -> Explanation:
        upright = prepare_picture(picture)
        blurred = BlurBaseline(upright, self._encoder.image_size)
        windows = list(_windows())
        variants = [blurred.where(window) for window in windows]
        whole, *others = self._encoder.encode_images([blurred.sharp, *variants])
        losses = told.score(whole) - np.array([told.score(other) for other in others])
        return Explanation(
            self.name,
            text,
            upright,
            map=spread(_mean_loss(windows, losses), upright),
            score=told.score(whole),
            words=told.shares(whole),
        )


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
