"""ITQ: one bit per dimension after the rotation that minimises the quantisation error.

Iterative quantisation (Gong and Lazebnik, "Iterative quantization: a Procrustean approach to
learning binary codes", CVPR 2011): with V the centred images, B = sgn(V R), then the R that
minimises ``||B - V R||``, given by the singular vectors of ``V^T B``; repeated. All dimensions are
used, so the first step of the paper, principal components, is omitted.
"""

import numpy as np

from firs.blas import one_blas_thread
from firs.encoders.base import Vectors
from firs.hashing.rotation import random_rotation
from firs.hashing.signs import Floats, Signs

STEPS = 25
MOST = 10_000
"""Images, evenly picked, that are enough."""


class Itq(Signs):
    """Signs after the rotation of iterative quantisation."""

    __slots__ = ()

    @staticmethod
    def _find_rotation(centred: Vectors) -> Floats:
        images = _unit(centred[:: -(-len(centred) // MOST)])
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
