"""Float16 rows that FAISS searches in place: in memory, or in a memory-mapped file.

The rows that a search rescores are read from the file, not through the mapping, and not by FAISS's
``IndexRefine`` over it, which finds the same. With 600,000 rows of 512 numbers on disk it takes
6.5 ms for a query (reading: 4.0 ms), with 36,000 rows 2.9 ms (0.3 ms): each row is a page fault of
its own. With all rows in the system's cache it takes 0.15 ms (0.19 ms), but the pages it has
touched remain in the process, and 0.34 ms if they are dropped after each query. The same is true of
an index that FAISS maps itself (``IO_FLAG_MMAP_IFC``).
"""

import mmap
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedRandom, BufferedReader
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from firs.index.base import Entries, Ids, Scores
from firs.index.engine import faiss
from firs.index.entries import parts, some_half_rows

_LINE = 64
_DROP = getattr(mmap, "MADV_DONTNEED", None)
_AHEAD = getattr(mmap, "MADV_WILLNEED", None)


class Reader:
    """A file that stays open for reading while it is referenced."""

    def __init__(self, file: BinaryIO) -> None:
        self._handle = os.dup(file.fileno())

    def __del__(self) -> None:
        os.close(self._handle)

    def read(self, begins: Iterable[int], size: int) -> bytes:
        """So many bytes from each of some places on."""
        return b"".join([os.pread(self._handle, size, begin) for begin in begins])


@dataclass(frozen=True, slots=True)
class Rows:
    """Vectors of unit length.

    Args:
        array: float16 ``(n, dim)``.
        mapping: memory map of their file, or None if they are in memory.
        reader: the same file, for reading single rows.
        start: offset of the rows in the file, in bytes.
    """

    array: NDArray[np.float16]
    mapping: mmap.mmap | None = None
    reader: Reader | None = None
    start: int = 0

    def __len__(self) -> int:
        return len(self.array)

    def evenly(self, most: int) -> NDArray[np.float32]:
        """Up to ``most`` of them, from the first to the last, as float32."""
        step = max(1, -(-len(self) // most))
        return self.some(np.arange(0, len(self), step)).astype(np.float32)

    def some(self, places: NDArray[np.int64]) -> NDArray[np.float16]:
        """Rows here and there.

        Of a file they are read, not looked at where they are mapped: of a large one that took 4
        times as long, since each brings its own part of the page table.
        """
        if self.reader is None:
            return self.array[places]
        width = self.array.strides[0]
        data = self.reader.read((self.start + width * places).tolist(), width)
        return np.frombuffer(data, dtype=self.array.dtype).reshape(len(places), self.array.shape[1])

    def parts(self) -> Iterator[tuple[int, NDArray[np.float16]]]:
        """Yield the rows in batches, each with the number of its first row."""
        for part in parts(len(self)):
            self._read_ahead(part)
            yield part.start, self.array[part]
            self.drop()

    def _read_ahead(self, part: slice) -> None:
        if self.mapping is not None and _AHEAD is not None:
            width = self.array.strides[0]
            begin = (self.start + part.start * width) // mmap.PAGESIZE * mmap.PAGESIZE
            self.mapping.madvise(_AHEAD, begin, self.start + part.stop * width - begin)

    def drop(self) -> None:
        """Let the process hold none of the file; what was read lately the system keeps cached."""
        if self.mapping is not None and _DROP is not None:
            self.mapping.madvise(_DROP)


def write_rows(file: BinaryIO, entries: Entries) -> tuple[Ids, int]:
    """Write all vectors as ``read_rows`` reads them, a part at a time.

    Returns:
        The ids int64 ``(n,)``, and where in the file the vectors begin.

    Raises:
        InputError: a vector is zero or not finite.
    """
    start = _begin(file, len(entries), entries.dim)
    ids = [np.empty(0, dtype=np.int64)]
    for some, vectors in entries.parts():
        ids.append(some)
        file.write(some_half_rows(vectors, some).tobytes())
    return np.concatenate(ids), start


def save_rows(file: BinaryIO, rows: Rows) -> None:
    """Write rows that are made already."""
    _begin(file, *rows.array.shape)
    for _, some in rows.parts():
        file.write(some.tobytes())


def _begin(file: BinaryIO, count: int, dim: int) -> int:
    file.write(bytes(-file.tell() % _LINE))
    header = {"descr": "<f2", "fortran_order": False, "shape": (count, dim)}
    npy.write_array_header_1_0(file, header)
    return file.tell()


def read_rows(file: BinaryIO) -> Rows:
    """Return the rows at the file's position, and move the position behind them.

    From a file on disk nothing is read before it is used, and the system can drop pages at any
    time; from any other file all rows are read.
    """
    file.seek(-file.tell() % _LINE, 1)
    npy.read_magic(file)
    shape, _, dtype = npy.read_array_header_1_0(file)
    size = int(np.prod(shape)) * dtype.itemsize
    if isinstance(file, BufferedReader | BufferedRandom) and size:
        start = file.tell()
        file.seek(size, 1)
        return map_rows(file, start, shape)
    return Rows(np.frombuffer(file.read(size), dtype=dtype).reshape(shape))


def map_rows(file: BinaryIO, start: int, shape: tuple[int, ...]) -> Rows:
    """The rows that begin somewhere in a file on disk, with nothing read."""
    mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if hasattr(mmap, "MADV_RANDOM"):
        mapping.madvise(mmap.MADV_RANDOM)
    count = shape[0] * shape[1]
    array = np.frombuffer(mapping, np.float16, count, start).reshape(shape)
    return Rows(array, mapping, Reader(file), start)


def index_rows(rows: NDArray[np.float16]) -> Any:
    """Return FAISS's exact index over ``rows`` ``(n, dim)``, without a copy."""
    index = faiss.IndexScalarQuantizer(
        rows.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    if len(rows):
        contiguous = np.ascontiguousarray(rows)
        nobody = faiss.MaybeOwnedVectorUInt8().owner
        index.codes = faiss.MaybeOwnedVectorUInt8.create_view(
            faiss.swig_ptr(contiguous.view(np.uint8)), contiguous.nbytes, nobody
        )
        index.ntotal = len(contiguous)
        index.referenced_objects = [contiguous]
    return index


def best_of_some(
    rows: Rows, places: NDArray[np.int64], query: NDArray[np.float32], count: int
) -> tuple[Scores, NDArray[np.int64]]:
    """The best of the rows at some places for a query ``(dim,)``: both ``(count,)``."""
    places = np.sort(places)  # as they lie on the disk
    [scores], [at] = index_rows(rows.some(places)).search(query[np.newaxis], count)
    return scores, places[at]


def best_rows(
    rows: Rows, unit: NDArray[np.float32], count: int
) -> tuple[Scores, NDArray[np.int64]]:
    """The best of all rows for every query, found part by part.

    Args:
        rows: ``n`` of them, ``count`` or more.
        unit: float32 ``(q, dim)``.
        count: how many.

    Returns:
        Scores float32 and places int64, ``(q, count)``, best first.
    """
    scores: Scores = np.empty((len(unit), 0), dtype=np.float32)
    places: NDArray[np.int64] = np.empty((len(unit), 0), dtype=np.int64)
    for start, some in rows.parts():
        found, at = index_rows(some).search(unit, min(count, len(some)))
        scores = np.hstack([scores, found])
        places = np.hstack([places, at + start])
        order = np.argsort(-scores, axis=1, kind="stable")[:, :count]
        scores = np.take_along_axis(scores, order, axis=1)
        places = np.take_along_axis(places, order, axis=1)
    return scores, places
