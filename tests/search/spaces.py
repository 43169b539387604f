"""A space of plain squares, one a colour, for an encoder that sees nothing but colours."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from firs.calibration.hubness import Hubness
from firs.encoders import Encoder
from firs.index.exact import ExactFloat32Index
from firs.search import EmbeddingMatrix, EmbeddingSearcher, InMemoryImages
from firs.search.matrix import ModalityMeans
from tests.fakes import FakeEncoder

COLOURS = ("red", "darkred", "orange", "yellow", "green", "darkgreen", "blue", "navy", "white")


def id_of(colour: str) -> int:
    return 10 * (COLOURS.index(colour) + 1)


def square(colour: str) -> Image.Image:
    return Image.new("RGB", (32, 32), colour)


def paths_of(ids: Sequence[int]) -> list[Path]:
    return [Path(f"{COLOURS[id_ // 10 - 1]}.png") for id_ in ids]


def coloured(
    colours: Sequence[str] = COLOURS,
    encoder: Encoder | None = None,
    centres: ModalityMeans | None = None,
) -> EmbeddingSearcher:
    """One image a colour; the ids are 10, 20, …."""
    encoder = FakeEncoder() if encoder is None else encoder
    ids = np.array([id_of(each) for each in colours], dtype=np.int64)
    vectors = encoder.encode_images([square(each) for each in colours])
    images = InMemoryImages(EmbeddingMatrix(ids, vectors, centres), paths_of)
    return EmbeddingSearcher(
        encoder.name, lambda: encoder, ExactFloat32Index.build(ids, vectors), images
    )


class FixedHubness:
    """The same hubness correction for every searcher."""

    def __init__(self, hubness: Hubness) -> None:
        self._hubness = hubness

    def hubness(self, _: EmbeddingSearcher) -> Hubness:
        return self._hubness
