"""Statistics of a whole collection from a sample, when not all embeddings are in memory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Encoder
from firs.index.base import EntryVectors

Places = NDArray[np.int64]
"""int64, positions counted from 0 in a table."""


@dataclass(frozen=True, slots=True, eq=False)
class PopulationSample:
    """All images of a collection, represented by a random sample.

    Args:
        count: total number of images.
        sample: row numbers of the sampled images, used for means and standard deviations.
        only: row numbers of sampled images that are in the matrix for no other reason.
    """

    count: int
    sample: Places
    only: Places

    def weights(self, here: int) -> NDArray[np.float64]:
        """Return how many images of the collection each row of the matrix represents.

        Images outside the matrix are represented by the rows that are there only as a sample.
        """
        weights = np.ones(here, dtype=np.float64)
        if len(self.only):
            weights[self.only] += max(0, self.count - here) / len(self.only)
        return weights


def population_scores(
    scores: NDArray[np.float32], whole: PopulationSample | None
) -> NDArray[np.float32]:
    """Return the scores ``(..., n)`` from which means and standard deviations are computed."""
    return scores if whole is None else scores[..., whole.sample]


EVERYDAY = (
    "a man riding a bicycle down a street",
    "two dogs running through the grass",
    "a plate of food on a table",
    "a city at night",
    "a group of people standing together",
    "a child playing with a ball",
    "snow on the mountains",
    "a cat sleeping on a sofa",
    "a woman holding an umbrella in the rain",
    "a boat on a lake",
    "a red car parked in front of a house",
    "a kitchen with a white stove",
    "a close view of a flower",
    "a football match in a stadium",
    "birds flying over the sea",
    "an old church",
    "a page with printed text",
    "a portrait of a smiling girl",
    "a train at the station",
    "a forest in autumn",
    "friends at a birthday party",
    "a desk with a computer and a cup of coffee",
    "a horse in a field behind a fence",
    "a man climbing a rock",
    "a bridge over a river",
    "children swimming in a pool",
    "a crowded market",
    "a sunset on the beach",
    "an airplane in the sky",
    "a bowl of fruit",
    "a person wearing a black jacket",
    "a drawing on white paper",
)
"""Typical image captions; their mean approximates the mean of all texts."""

_NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class ModalityMeans:
    """float32 ``(dim,)`` each."""

    text_mean: NDArray[np.float32]
    image_mean: NDArray[np.float32]

    @classmethod
    def measure(cls, encoder: Encoder, images: EntryVectors) -> "ModalityMeans":
        """The mean of everyday texts, and that of the images ``(n, dim)`` at hand."""
        image = images.mean(axis=0, dtype=np.float32) if len(images) else np.zeros(encoder.dim)
        return cls(text_middle(encoder), image.astype(np.float32))


def text_middle(encoder: Encoder) -> NDArray[np.float32]:
    """The mean of everyday texts, float32 ``(dim,)``."""
    middle: NDArray[np.float32] = encoder.encode_texts(EVERYDAY).mean(axis=0)
    return middle.astype(np.float32, copy=False)


def directions_from(
    centre: NDArray[np.float32], vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The directions of vectors ``(..., dim)`` from a centre; one at the centre stays as it is."""
    moved = vectors - centre
    lengths = np.linalg.norm(moved, axis=-1, keepdims=True)
    far = lengths >= _NOTHING
    return np.where(far, moved / np.where(far, lengths, 1), vectors).astype(np.float32)
