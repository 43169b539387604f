"""Mean and principal axes of embeddings.

Principal component analysis (Hotelling, "Analysis of a complex of statistical variables into
principal components", Journal of Educational Psychology 24, 1933).
"""

import numpy as np
from numpy.typing import NDArray

from firs.blas import one_blas_thread

Floats = NDArray[np.float32]

_FEWEST = 32
_SHARE = 4


def axes_kept(dim: int) -> int:
    """Return the number of axes to use: a quarter of the dimensions, but at least 32.

    With 4 bits per axis this is one bit per dimension.

    >>> axes_kept(512), axes_kept(100), axes_kept(24)
    (128, 32, 24)
    """
    return min(dim, max(_FEWEST, -(-dim // _SHARE)))


def principal_axes(sample: Floats, count: int) -> tuple[Floats, Floats]:
    """The mean of some vectors ``(n, dim)``, and the axes of most spread around it.

    Returns:
        float32 ``(dim,)``, and float32 ``(count, dim)``: orthogonal, of length 1.
    """
    middle = sample.mean(axis=0)
    centred = sample - middle
    with one_blas_thread():
        _, vectors = np.linalg.eigh(centred.T @ centred)
    axes = np.ascontiguousarray(vectors[:, : -count - 1 : -1].T)
    return middle.astype(np.float32), axes.astype(np.float32)
