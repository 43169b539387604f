"""Base of the hashes of one bit per dimension: the sign of the centred, rotated vector."""

from dataclasses import dataclass, fields
from functools import cache
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from firs.blas import one_blas_thread
from firs.encoders.base import Vectors
from firs.hashing.base import Arrays, Codes, check_training, check_vectors, pack_bits, unpack_bits
from firs.index.engine import axes_kept, faiss, principal_axes


@dataclass(frozen=True, slots=True)
class ModalityMeans:
    """The two middles; every field of a hash is an array that training found.

    Args:
        image_middle: float32 ``(dim,)``, what is taken from images.
        text_middle: float32 ``(dim,)``, what is taken from queries.
    """

    image_middle: NDArray[np.float32]
    text_middle: NDArray[np.float32]

    @property
    def dim(self) -> int:
        return len(self.image_middle)

    def arrays(self) -> Arrays:
        """All fields."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def of(cls, arrays: Arrays) -> Self:
        return cls(**{each.name: arrays[each.name] for each in fields(cls)})


Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Signs(ModalityMeans):
    """Bits are the signs of ``(vector - middle) @ rotation``, with one mean per modality.

    Args:
        image_middle: float32 ``(dim,)``, subtracted from images.
        text_middle: float32 ``(dim,)``, subtracted from queries.
        size: float32 ``(dim,)``: mean absolute value of each dimension.
        rotation: float32 ``(dim, dim)``, or ``(0, 0)`` for none.
    """

    bits: ClassVar[int] = 1
    levels: ClassVar[int] = 2

    size: Floats
    rotation: Floats

    @classmethod
    def train(cls, images: Vectors, texts: Vectors) -> Self:
        """Find the middles, the rotation and the sizes: see ``Hash.train``."""
        images, texts = check_training(images, texts)
        image_middle, text_middle = cls._middle(images), cls._middle(texts)
        rotation = cls._find_rotation(images - image_middle)
        size = np.abs(_rotate(images - image_middle, rotation)).mean(axis=0)
        return cls(image_middle, text_middle, size.astype(np.float32), rotation)

    @staticmethod
    def _middle(vectors: Vectors) -> Floats:
        mean: Floats = vectors.mean(axis=0)
        return mean

    @staticmethod
    def _find_rotation(centred: Vectors) -> Floats:  # noqa: ARG004
        return np.empty((0, 0), dtype=np.float32)

    def codes(self, images: Vectors) -> Codes:
        return pack_bits(self._centre_and_rotate(images, self.image_middle) > 0)

    def decode(self, codes: Codes) -> Vectors:
        """Return the decoded vectors: plus or minus ``size``."""
        return np.where(unpack_bits(codes, self.dim), self.size, -self.size).astype(np.float32)

    def project_query(self, queries: Vectors) -> Vectors:
        """Queries from the middle of the texts, rotated."""
        return self._centre_and_rotate(queries, self.text_middle)

    def query_codes(self, queries: Vectors) -> Codes:
        """The codes of queries, from the middle of the texts."""
        return pack_bits(self.project_query(queries) > 0)

    def _centre_and_rotate(self, vectors: Vectors, middle: Floats) -> Vectors:
        return _rotate(check_vectors(vectors, self.dim) - middle, self.rotation)


def _rotate(vectors: Vectors, rotation: Floats) -> Vectors:
    return vectors @ rotation if rotation.size else vectors


SEED = 0


@cache
def random_rotation(dim: int) -> Floats:
    """Return a random orthogonal matrix ``(dim, dim)``, always the same one."""
    drawn = faiss.RandomRotationMatrix(dim, dim)
    drawn.init(SEED)
    rotation: Floats = faiss.vector_to_array(drawn.A).reshape(dim, dim)
    rotation.flags.writeable = False  # it is cached
    return rotation


class Rotation(Signs):
    """Signs after a random rotation."""

    __slots__ = ()

    @staticmethod
    def _find_rotation(centred: Vectors) -> Floats:
        return random_rotation(centred.shape[1])


STEPS = 25
MOST = 20_000
"""Maximum number of images, evenly sampled, to train on."""

_MOST_ITQ = 10_000


class Itq(Signs):
    """Signs after the rotation of iterative quantisation.

    Gong and Lazebnik, "Iterative quantization: a Procrustean approach to learning binary codes",
    CVPR 2011. FAISS's ``ITQMatrix`` is not used: on 1,077 embeddings of CLIP it takes 14 times as
    long, and of the best 10 by floats its codes find 0.53 (here 0.67).
    """

    __slots__ = ()

    @staticmethod
    def _find_rotation(centred: Vectors) -> Floats:
        images = _unit(centred[:: -(-len(centred) // _MOST_ITQ)])
        rotation = random_rotation(centred.shape[1])
        with one_blas_thread():
            for _ in range(STEPS):
                signs = np.where(images @ rotation > 0, 1, -1).astype(np.float32)
                left, _, right = np.linalg.svd(images.T @ signs)
                rotation = left @ right
        return rotation.astype(np.float32)


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


class Mean(Signs):
    """Above the dimension's mean."""

    __slots__ = ()


class Median(Signs):
    """Above the dimension's median."""

    __slots__ = ()

    @staticmethod
    def _middle(vectors: Vectors) -> Floats:
        return np.median(vectors, axis=0).astype(np.float32)


@dataclass(frozen=True, slots=True)
class SuperBits(ModalityMeans):
    """Signs of ``(vector - middle) @ directions``: two bits per dimension for Hamming distance.

    The sign of a random direction estimates the angle between two vectors (Charikar, STOC 2002), so
    more directions estimate it better; directions in orthogonal groups need fewer (Ji et al.,
    "Super-bit locality-sensitive hashing", NeurIPS 2012). Axes along which images hardly vary would
    count as much as others, and are left out. For engines that support only Hamming distance.

    Args:
        image_middle: float32 ``(dim,)``, the mean image.
        text_middle: float32 ``(dim,)``, the mean text.
        directions: float32 ``(dim, 2 * dim)``, unit vectors; orthogonal in groups as large as the
            number of axes used, a quarter of the dimensions.
        size: float32 ``(2 * dim,)``: mean absolute value of an image along each direction.
    """

    bits: ClassVar[int] = 2
    levels: ClassVar[int] = 2

    directions: Floats
    size: Floats

    @classmethod
    def train(cls, images: Vectors, texts: Vectors) -> Self:
        """Find the axes and draw random directions in them: see ``Hash.train``."""
        images, texts = check_training(images, texts)
        sample = images[:: -(-len(images) // MOST)]
        middle, axes = principal_axes(sample, axes_kept(images.shape[1]))
        directions = axes.T @ _groups(len(axes), cls.bits * images.shape[1])
        size = np.abs((sample - middle) @ directions).mean(axis=0).astype(np.float32)
        return cls(middle, texts.mean(axis=0), directions, size)

    def codes(self, images: Vectors) -> Codes:
        centred = check_vectors(images, self.dim) - self.image_middle
        return pack_bits(centred @ self.directions > 0)

    def decode(self, codes: Codes) -> Vectors:
        """Return the decoded vectors: the sum of the signed directions, each times its size."""
        size = self.size.astype(np.float64)  # the number of rows changes nothing
        sides = np.where(unpack_bits(codes, len(size)), size, -size)
        return (sides @ self.directions.T).astype(np.float32)

    def project_query(self, queries: Vectors) -> Vectors:
        """Queries from the middle of the texts."""
        return check_vectors(queries, self.dim) - self.text_middle

    def query_codes(self, queries: Vectors) -> Codes:
        """The codes of queries, from the middle of the texts."""
        return pack_bits(self.project_query(queries) @ self.directions > 0)


def _groups(axes: int, count: int) -> Floats:
    """Return random directions in the space of ``axes (axes, count)``, orthogonal in groups."""
    drawn = random_rotation(count)[:axes]
    groups = (np.linalg.qr(drawn[:, at : at + axes])[0] for at in range(0, count, axes))
    return np.concatenate(list(groups), axis=1).astype(np.float32)
