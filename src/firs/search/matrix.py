"""The embeddings of a collection in memory, and their statistics.

Texts and images are in two separate regions of the space of a CLIP-like encoder (Liang et al.,
"Mind the gap", NeurIPS 2022). So the direction of a text is measured from the mean of all texts,
and that of an image from the mean of all images. If not all embeddings are in memory, a random
sample represents the whole collection.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from firs.blas import one_blas_thread
from firs.encoders import Encoder, Vectors
from firs.errors import InputError
from firs.index.base import EntryVectors, Ids

Places = NDArray[np.int64]
"""int64, row numbers in a matrix, from 0."""


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
    """The mean text and the mean image of an encoder: float32 ``(dim,)`` each."""

    text_mean: NDArray[np.float32]
    image_mean: NDArray[np.float32]

    @classmethod
    def measure(cls, encoder: Encoder, images: EntryVectors) -> "ModalityMeans":
        """Return the mean of everyday texts, and that of images ``(n, dim)``."""
        image = images.mean(axis=0, dtype=np.float32) if len(images) else np.zeros(encoder.dim)
        return cls(text_middle(encoder), image.astype(np.float32))


def text_middle(encoder: Encoder) -> NDArray[np.float32]:
    """Return the mean of everyday texts: float32 ``(dim,)``."""
    middle: NDArray[np.float32] = encoder.encode_texts(EVERYDAY).mean(axis=0)
    return middle.astype(np.float32, copy=False)


def directions_from(
    centre: NDArray[np.float32], vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the directions of vectors ``(..., dim)`` from a centre; one at it is unchanged."""
    moved = vectors - centre
    lengths = np.linalg.norm(moved, axis=-1, keepdims=True)
    far = lengths >= _NOTHING
    return np.where(far, moved / np.where(far, lengths, 1), vectors).astype(np.float32)


_THREADS = 2
_PARALLEL_SIZE = 1 << 24
"""Number of elements from which more than one thread is used."""
_BLOCK_ROWS = 1_024


def product(rows: EntryVectors, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiply ``rows`` float16 or float32 ``(n, dim)`` with ``vectors`` ``(m, dim)``.

    Returns:
        float32 ``(n, m)``, the same to the last bit with any number of threads.
    """
    columns = np.ascontiguousarray(vectors.T, dtype=np.float32)
    products = np.empty((len(rows), len(vectors)), dtype=np.float32)

    def fill(part: slice) -> None:
        for block in _slices(part.start, part.stop, _BLOCK_ROWS):
            np.matmul(rows[block].astype(np.float32, copy=False), columns, out=products[block])

    with one_blas_thread():
        if rows.size < _PARALLEL_SIZE:
            fill(slice(0, len(rows)))
        else:
            share = -(-len(rows) // (_BLOCK_ROWS * _THREADS)) * _BLOCK_ROWS
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(_THREADS) as pool:
                list(pool.map(fill, _slices(0, len(rows), share)))
    return products


def _slices(start: int, stop: int, step: int) -> Iterator[slice]:
    return (slice(*edge) for edge in pairwise([*range(start, stop, step), stop]))


SAMPLE_SIZE = 2_000
"""Number of evenly spaced images on which the spread of scores is measured."""

MAX_FLOAT32_BYTES = 1 << 30
"""Size in bytes up to which the embeddings are also cached as float32."""

_PAIRED = 500
"""Number of images whose similarities to each other are measured."""
_MIN_IMAGES = 3
_MIN_SPREAD = 1e-3


class EmbeddingMatrix:
    """The embeddings of a collection, or of some of its images.

    Args:
        ids: int64 ``(n,)``, unique; ascending unless images were appended.
        vectors: float16 or float32 ``(n, dim)``, in the order of ``ids``.
        centres: mean text and mean image; measured by default.
        population: what these images represent, if they are a sample of more.
    """

    def __init__(
        self,
        ids: Ids,
        vectors: EntryVectors,
        centres: ModalityMeans | None = None,
        population: PopulationSample | None = None,
    ) -> None:
        self.ids = ids
        self.population = population
        self._vectors = vectors
        self._centres = centres

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def count(self) -> int:
        """The total number of images, in memory or not."""
        return len(self) if self.population is None else self.population.count

    @property
    def dim(self) -> int:
        """Length of each embedding."""
        return int(self._vectors.shape[1])

    @property
    def vectors(self) -> EntryVectors:
        """All embeddings as stored: float16 or float32 ``(n, dim)``."""
        return self._vectors

    def filter_known(self, ids: Sequence[int]) -> list[int]:
        """Return the ids of existing images, in the given order."""
        given = np.asarray(ids, dtype=np.int64)
        _, known = self._locate(given)
        found: list[int] = given[known].tolist()
        return found

    def positions(self, ids: Ids) -> NDArray[np.int64]:
        """Return the row numbers of images: int64 ``(len(ids),)``, from 0.

        Raises:
            InputError: an id is unknown.
        """
        at, known = self._locate(ids)
        if not np.all(known):
            raise InputError(f"There is no image with the id {ids[~known][0]} in the collection.")
        return at

    def rows(self, ids: Ids) -> Vectors:
        """Return the embeddings of images: float32 ``(len(ids), dim)``, in the order of ``ids``.

        Raises:
            InputError: an id is unknown.
        """
        return self._vectors[self.positions(ids)].astype(np.float32)

    def scores(self, vectors: Vectors) -> NDArray[np.float32]:
        """Return the products of all images with vectors ``(m, dim)``: float32 ``(n, m)``."""
        return product(self._as_float32, vectors)

    def rows_or_zeros(self, ids: Ids) -> Vectors:
        """Return the same with zeros for images without an embedding in this matrix."""
        at, known = self._locate(ids)
        rows = np.zeros((len(ids), self._vectors.shape[1]), dtype=np.float32)
        rows[known] = self._vectors[at[known]]
        return rows

    def centres(self, encoder: Encoder) -> ModalityMeans:
        """Return the mean text and the mean image; texts are encoded at the first call."""
        if self._centres is None:
            self._centres = ModalityMeans.measure(encoder, self._representative)
        return self._centres

    def spread(self, vector: NDArray[np.float32]) -> float:
        """Return the standard deviation of a vector's scores over the images."""
        return float(np.std(product(self.sample, vector[np.newaxis]))) if len(self) else 0.0

    @cached_property
    def image_mean(self) -> NDArray[np.float32]:
        """The mean image: float32 ``(dim,)``."""
        if self._centres is not None:
            return self._centres.image_mean
        mean: NDArray[np.float32] = self._representative.mean(axis=0, dtype=np.float32)
        return mean

    @cached_property
    def distances_to_mean(self) -> NDArray[np.float32]:
        """Distances of all images to the mean image: float32 ``(n,)``, never exactly 0."""
        mean = self.image_mean
        products = self.scores(mean[np.newaxis])[:, 0]
        return np.sqrt(np.maximum(1 - 2 * products + mean @ mean, _NOTHING))

    @cached_property
    def similarity_spread(self) -> float:
        """Standard deviation of the cosine between two images, both relative to the mean image.

        1 if there are too few images, or if all are alike.
        """
        if len(self) < _MIN_IMAGES:
            return 1.0
        step = -(-len(self.sample) // _PAIRED)
        directions = directions_from(self.image_mean, self.sample[::step])
        cosines = product(directions, directions)[~np.eye(len(directions), dtype=bool)]
        spread = float(np.std(cosines))
        return spread if spread > _MIN_SPREAD else 1.0

    @cached_property
    def sample(self) -> Vectors:
        """Embeddings of up to ``SAMPLE_SIZE`` evenly spaced images: float32."""
        vectors = self._representative
        step = max(1, -(-len(vectors) // SAMPLE_SIZE))
        return vectors[::step].astype(np.float32)

    @cached_property
    def _representative(self) -> EntryVectors:
        """The embeddings that represent all images of the population."""
        return self._vectors if self.population is None else self._vectors[self.population.sample]

    def _locate(self, ids: Ids) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the row numbers of ids, or where they would be inserted, and which ids exist."""
        at = np.searchsorted(self.ids, ids, sorter=self._order).astype(np.int64)
        known = at < len(self)
        if self._order is not None:
            at[known] = self._order[at[known]]
        known[known] = self.ids[at[known]] == ids[known]
        return at, known

    @cached_property
    def _order(self) -> NDArray[np.int64] | None:
        """Row numbers by ascending id; None if the rows are in that order."""
        ascend = bool(np.all(np.diff(self.ids) > 0))
        return None if ascend else np.argsort(self.ids).astype(np.int64)

    @cached_property
    def _as_float32(self) -> EntryVectors:
        fits = 4 * self._vectors.size <= MAX_FLOAT32_BYTES
        return self._vectors.astype(np.float32, copy=False) if fits else self._vectors
