"""Vectors as a session writes them down: the base64 of their float32 numbers, to the last bit."""

import base64

import numpy as np

from firs.search.space import Vector

_UNEVEN = 0.01
"""Tolerance of the length of vectors stored in half precision."""


def to_base64(vector: Vector) -> str:
    """A vector in letters."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def from_base64(text: str, shortest: float = 1, longest: float = 1) -> Vector:
    """The vector, float32 ``(dim,)``.

    Raises:
        ValueError: it is none, or its length is not between ``shortest`` and ``longest``.
    """
    raw = base64.b64decode(text, validate=True)
    vector = np.frombuffer(raw, dtype="<f4").astype(np.float32)
    length = float(np.linalg.norm(vector.astype(np.float64)))
    if not shortest - _UNEVEN <= length <= longest + _UNEVEN:
        raise ValueError("a vector is not of length 1")
    return vector
