"""Import of embeddings computed elsewhere for images of the collection."""

import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import Encoder, Vectors
from firs.errors import EncoderError, EncoderMismatch, InputError
from firs.imaging import decode
from firs.sources.paths import Root, real
from firs.storage import rows
from firs.storage.catalogue import File
from firs.storage.database import now
from firs.storage.records import EncoderRecord
from firs.storage.rows import enlist
from firs.storage.writing import Content

Vector: TypeAlias = NDArray[Any]

BATCH = 5_000
"""Embeddings that are in memory at once while files are read."""

CHECKED = 3
"""Number of images that are encoded again, to check imported embeddings."""

MIN_COSINE = 0.95
"""Cosine similarity below which an embedding is not by the encoder that it is attributed to."""

NO_FORMAT = "none"
"""The format of an image without a file."""


@dataclass(frozen=True, slots=True)
class NamedEncoder:
    """An encoder known only by its name and the dimension of its embeddings.

    Its images can be found by images. For text queries, pass an encoder of this name and the
    fingerprint ``imported``: ``Collection(path, encoder=yours)``.
    """

    name: str
    dim: int
    image_size: int = 1
    fingerprint: str = "imported"

    def encode_texts(self, texts: Sequence[str]) -> Vectors:  # noqa: ARG002
        """Raise an error: there is nothing that encodes."""
        raise self._absent()

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:  # noqa: ARG002
        """Raise an error: there is nothing that encodes."""
        raise self._absent()

    def _absent(self) -> EncoderError:
        return EncoderError(
            f"There is no encoder {self.name!r} that could encode anything; only its vectors were "
            "imported. Name the encoder that made them: --encoder"
        )


def put_vectors(
    connection: sqlite3.Connection,
    root: Root,
    encoder: Encoder,
    given: Mapping[Path, Vector],
    dtype: str,
    *,
    add_missing: bool = False,
) -> int:
    """Write inside the caller's transaction; see ``Collection.import_vectors``."""
    refuse_other_weights(rows.encoders(connection), encoder)
    checked = unit_vectors(given, encoder)
    encoder_id, kept = enlist(connection, encoder, dtype)
    found = rows.ids(connection, root, list(checked))
    if add_missing:
        found |= _insert(connection, root, [path for path in checked if path not in found])
    connection.executemany(
        "INSERT OR REPLACE INTO vector (image_id, encoder_id, data) VALUES (?, ?, ?)",
        [(id_, encoder_id, checked[path].astype(kept).tobytes()) for path, id_ in found.items()],
    )
    return len(found)


def imported(path: str) -> tuple[File, Content]:
    """Return the stored file and content of an image that has only an embedding.

    Its content is its path, so that it is no copy of any other; its size is one pixel.
    """
    hash_ = hashlib.blake2b(b"imported\0" + os.fsencode(path), digest_size=16).digest()
    return File(path, 0, 0), Content(hash_, 1, 1, NO_FORMAT, b"")


def _insert(connection: sqlite3.Connection, root: Root, paths: Sequence[str]) -> dict[str, int]:
    """Add images without files; return their ids by path."""
    new = [(root.to_stored_path(path), *_columns(imported(path)[1])) for path in paths]
    connection.executemany(
        "INSERT INTO image (path, hash, bytes, mtime_ns, width, height, format, added_at) "
        "VALUES (?, ?, 0, 0, ?, ?, ?, ?)",
        new,
    )
    return rows.ids(connection, root, paths)


def _columns(content: Content) -> tuple[bytes, int, int, str, str]:
    return content.hash, content.width, content.height, content.format, now()


def refuse_other_weights(stored: Iterable[EncoderRecord], encoder: Encoder) -> None:
    """Check that embeddings of an encoder are compatible with the stored ones.

    Raises:
        EncoderMismatch: there are embeddings of other weights of it.
    """
    for record in stored:
        if record.name == encoder.name and record.fingerprint != encoder.fingerprint:
            raise EncoderMismatch(
                f"The collection has vectors of other weights of {encoder.name!r}. Remove them "
                f"first: firs encoders --remove {encoder.name}"
            )


def unit_vectors(given: Mapping[Path, Vector], encoder: Encoder) -> dict[str, NDArray[np.float32]]:
    """Real path → vector of length 1.

    Raises:
        InputError: a vector has not the encoder's ``dim`` or is not finite.
    """
    return {real(path): _unit(path, vector, encoder) for path, vector in given.items()}


def _unit(path: Path, vector: Vector, encoder: Encoder) -> NDArray[np.float32]:
    row = np.asarray(vector, np.float32)
    length = float(np.linalg.norm(row))
    if row.shape != (encoder.dim,) or not np.isfinite(length) or not length:
        raise InputError(
            f"The vector of {path} is no vector of {encoder.name}: {encoder.dim} finite numbers, "
            f"not all zero, are expected, not {'×'.join(map(str, row.shape)) or 'one'}."
        )
    unit: NDArray[np.float32] = row / np.float32(length)
    return unit


MATRICES = ("vectors", "image_vectors", "embeddings", "features")
NAMES = ("files", "image_ids", "paths", "names")

Matrix = NDArray[Any]

_UNREADABLE = (OSError, ValueError, EOFError, BadZipFile)


@dataclass(frozen=True, slots=True)
class VectorFile:
    """Vectors in files, read in batches, since they may be larger than the memory.

    Args:
        path: of the file or folder.
        names: what the vectors are of.
        dim: length of every vector.
        read: reads all of them in batches of a number of rows.
    """

    path: Path
    names: Sequence[str]
    dim: int
    read: Callable[[int], Iterator[Matrix]]

    def batches(self, size: int) -> Iterator[tuple[Sequence[str], Matrix]]:
        """Yield names ``(m,)`` and rows ``(m, dim)`` as the file has them, ``size`` at most.

        Raises:
            InputError: a file is damaged.
        """
        start = 0
        try:
            for rows in self.read(size):
                yield self.names[start : start + len(rows)], rows
                start += len(rows)
        except _UNREADABLE as error:
            raise _unreadable(self.path, error) from error

    def check_encoder(self, encoder: Encoder, resolve: Callable[[str], Path]) -> None:
        """Encode a few of the images that exist here again, spread over all, and compare.

        Args:
            encoder: the encoder that is said to have computed the embeddings.
            resolve: returns the path of a name.

        Raises:
            InputError: an embedding differs.
        """
        here = [name for name in self.names if resolve(name).is_file()]
        some = set(here[:: max(1, len(here) // CHECKED)][:CHECKED])
        for names, matrix in self.batches(BATCH) if some else ():
            for name in some.intersection(names):
                row = np.asarray(matrix[list(names).index(name)], np.float32)
                image = decode(resolve(name), at_least=encoder.image_size)
                (own,) = encoder.encode_images([image])
                if row.shape != own.shape or own @ row < MIN_COSINE * np.linalg.norm(row):
                    raise InputError(
                        f"The vector of {resolve(name)} is not by {encoder.name}, or the file has "
                        "changed; nothing was imported. Name the encoder that made the vectors: "
                        "--encoder"
                    )


def open_vectors(path: Path, names: Path | None = None) -> VectorFile:
    """Open files of vectors, and read what the vectors are of.

    Args:
        path: a ``.npz``, a ``.npy``, or a folder of ``.npy`` parts.
        names: the list of files, where ``path`` does not hold it.

    Raises:
        InputError: a file is missing, damaged, or they do not fit together.
    """
    listed: Sequence[str] = []
    try:
        if path.suffix == ".npz":
            shape, read = _of_npz(path)
            listed = [] if names else _names_in(path)
        else:
            shape, read = _of_npy(path)
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error
    listed = _of_list(names) if names is not None else listed
    if not listed:
        raise InputError(f"Which pictures are the vectors in {path} of? Name the list: --files")
    if len(shape) != 2 or len(listed) != shape[0]:
        raise InputError(
            f"{path} has vectors of shape {'×'.join(map(str, shape))} for {len(listed)} "
            "files; one row per file is expected."
        )
    return VectorFile(path, listed, shape[1], read)


def write_vectors(path: Path, files: Sequence[str], matrix: Matrix) -> None:
    """Write ``.npz``, or ``.npy`` with the file names in a ``.txt`` next to it, atomically.

    Raises:
        InputError: the file exists, or it has another suffix.
    """
    if path.suffix not in (".npz", ".npy"):
        raise InputError(f"Vectors are written as .npz or .npy, not as {path.name}.")
    beside = path.with_suffix(".txt")
    for each in (path, beside) if path.suffix == ".npy" else (path,):
        if each.exists():
            raise InputError(f"{each} is there already; name a new file.")
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            if path.suffix == ".npz":
                np.savez(file, files=np.array(files, dtype=str), vectors=matrix)
            else:
                np.save(file, matrix)
                beside.write_text("".join(f"{each}\n" for each in files), "utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


_Opened = tuple[tuple[int, ...], Callable[[int], Iterator[Matrix]]]
"""The shape of a matrix, and what reads it in batches."""


def _of_npz(path: Path) -> _Opened:
    with ZipFile(path) as archive:
        member = _first(archive, MATRICES)
        if member is None:
            raise InputError(f"{path} has no vectors; call them one of: {', '.join(MATRICES)}.")
        with archive.open(member) as file:
            shape, is_fortran, _ = _header(file)
    if is_fortran or len(shape) != 2:
        return shape, partial(_in_memory, path, member)
    return shape, partial(_streamed, path, member)


def _names_in(path: Path) -> list[str]:
    with ZipFile(path) as archive:
        member = _first(archive, NAMES)
        if member is None:
            return []
        with archive.open(member) as file:
            return [str(each) for each in npy.read_array(file, allow_pickle=False).tolist()]


def _first(archive: ZipFile, keys: Iterable[str]) -> str | None:
    members = set(archive.namelist())
    return next((f"{key}.npy" for key in keys if f"{key}.npy" in members), None)


def _header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return the shape of an array, whether it is in column-major order, and its dtype.

    Raises:
        ValueError: it is no array of numbers.
    """
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, is_fortran, dtype = read(file)
    if dtype.hasobject:
        raise ValueError("it contains Python objects, not numbers")
    return shape, is_fortran, dtype


def _streamed(path: Path, member: str, size: int) -> Iterator[Matrix]:
    """Yield a matrix of a ``.npz`` in parts, which NumPy would read as a whole."""
    with ZipFile(path) as archive, archive.open(member) as file:
        (count, dim), _, dtype = _header(file)
        for start in range(0, count, size):
            rows = min(size, count - start)
            yield np.frombuffer(file.read(rows * dim * dtype.itemsize), dtype).reshape(rows, dim)


def _in_memory(path: Path, member: str, size: int) -> Iterator[Matrix]:
    with np.load(path, allow_pickle=False) as archive:
        yield from _cut(archive[member.removesuffix(".npy")], size)


def _of_npy(path: Path) -> _Opened:
    parts = sorted(path.glob("*.npy"), key=_numbers) if path.is_dir() else [path]
    if not parts:
        raise InputError(f"{path} has no .npy files.")
    mapped = [np.load(part, mmap_mode="r", allow_pickle=False) for part in parts]
    if len({each.shape[1:] for each in mapped}) > 1:
        raise ValueError("its parts differ in the length of their vectors")
    shape = (sum(len(each) for each in mapped), *mapped[0].shape[1:])
    return shape, lambda size: (rows for each in mapped for rows in _cut(each, size))


def _cut(matrix: Matrix, size: int) -> Iterator[Matrix]:
    return (matrix[start : start + size] for start in range(0, len(matrix), size))


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(f"{path} cannot be read as vectors: {error}")


def _numbers(path: Path) -> list[int]:
    """Order part 10 after part 9."""
    return [int(digits) for digits in re.findall(r"\d+", path.stem)]


def _of_list(path: Path) -> list[str]:
    try:
        content = path.read_text("utf-8")
        if path.suffix != ".json":
            return [line for line in content.splitlines() if line.strip()]
        listed = json.loads(content)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a list of files: {error}") from error
    if not isinstance(listed, list):
        raise InputError(f"{path} has no JSON list of files.")
    return [str(each) for each in listed]
