"""Rows of float16 that FAISS searches where they lie: in memory, or in a file on disk."""

from io import BufferedReader
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from firs.index.engine import faiss

Rows = NDArray[np.float16]


def read_rows(file: BinaryIO) -> Rows:
    """The array that stands in NumPy's format at the file's position.

    From a file on disk nothing is read before it is looked at, and what was read can be dropped
    by the system at any moment; from anything else all is read.
    """
    npy.read_magic(file)
    shape, _, dtype = npy.read_array_header_1_0(file)
    if isinstance(file, BufferedReader) and np.prod(shape):
        return np.memmap(file.name, dtype, mode="r", offset=file.tell(), shape=shape)
    return np.frombuffer(file.read(), dtype=dtype).reshape(shape)


def searched_rows(rows: Rows) -> Any:
    """FAISS's exact index over ``rows`` ``(n, dim)``, which are not copied but kept alive."""
    index = faiss.IndexScalarQuantizer(
        rows.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    if len(rows):
        held = np.ascontiguousarray(rows)
        nobody = faiss.MaybeOwnedVectorUInt8().owner
        index.codes = faiss.MaybeOwnedVectorUInt8.create_view(
            faiss.swig_ptr(held.view(np.uint8)), held.nbytes, nobody
        )
        index.ntotal = len(held)
        index.referenced_objects = [held]
    return index
