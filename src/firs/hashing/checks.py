"""Validation of the training vectors of a hash."""

import numpy as np

from firs.encoders.base import Vectors
from firs.errors import InputError


def check_training(images: Vectors, texts: Vectors) -> tuple[Vectors, Vectors]:
    """Both as float32.

    Raises:
        InputError: there is no vector, one is not finite, or the dimensions differ.
    """
    images, texts = (np.asarray(each, dtype=np.float32) for each in (images, texts))
    if images.ndim != 2 or texts.ndim != 2 or images.shape[1] != texts.shape[1]:
        raise InputError(
            f"A hash is trained on images (n, dim) and texts (m, dim) of one encoder, not "
            f"{images.shape} and {texts.shape}."
        )
    if not (images.size and texts.size):
        raise InputError("A hash is trained on one image and one text or more; there are none.")
    if not (np.isfinite(images).all() and np.isfinite(texts).all()):
        raise InputError("A hash cannot be trained on a vector that is not finite; encode again.")
    return images, texts


def check_vectors(vectors: Vectors, dim: int) -> Vectors:
    """Vectors to be hashed.

    Raises:
        InputError: they are of another dimension.
    """
    if vectors.ndim != 2 or vectors.shape[1] != dim:
        raise InputError(
            f"This hash was trained on vectors (n, {dim}), not {vectors.shape}; "
            f"use the encoder that it was trained for, or train another."
        )
    return vectors
