"""Vectors in files: NumPy's ``.npz`` and ``.npy``, with the list of the pictures they are of.

``.npz``: a matrix ``(n, dim)`` called ``vectors``, ``image_vectors``, ``embeddings`` or
``features``, and names called ``files``, ``image_ids``, ``paths`` or ``names``. ``.npy``: the
matrix, with the names in a text file, one a line, or in a JSON list. A folder of parts such as
``img_emb_0.npy``, as clip-retrieval writes them, is read in the order of its numbers.
"""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError

MATRICES = ("vectors", "image_vectors", "embeddings", "features")
NAMES = ("files", "image_ids", "paths", "names")

Matrix = NDArray[Any]


def read_vectors(path: Path, names: Path | None = None) -> tuple[list[str], Matrix]:
    """Read vectors and what they are of.

    Args:
        path: a ``.npz``, a ``.npy``, or a folder of ``.npy`` parts.
        names: the list of files, where ``path`` does not hold it.

    Returns:
        Names ``(n,)`` and the matrix ``(n, dim)``, as the file has it.

    Raises:
        InputError: a file is missing, damaged, or they do not fit together.
    """
    if path.suffix == ".npz":
        listed, matrix = _of_npz(path, needs_names=names is None)
    else:
        listed, matrix = [], _of_npy(path)
    listed = _of_list(names) if names is not None else listed
    if not listed:
        raise InputError(f"Which pictures are the vectors in {path} of? Name the list: --files")
    if matrix.ndim != 2 or len(listed) != len(matrix):
        raise InputError(
            f"{path} holds vectors of shape {'×'.join(map(str, matrix.shape))} for {len(listed)} "
            "files; one row a file is wanted."
        )
    return listed, matrix


def write_vectors(path: Path, files: Sequence[str], matrix: Matrix) -> None:
    """Write ``.npz``, or ``.npy`` with the files in a ``.txt`` beside it; nothing half-written.

    Raises:
        InputError: the file is there, or its ending is another.
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


def _of_npz(path: Path, *, needs_names: bool) -> tuple[list[str], Matrix]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            matrix = _first(archive, MATRICES)
            names = _first(archive, NAMES) if needs_names else None
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise InputError(f"{path} cannot be read as vectors: {error}") from error
    if matrix is None:
        raise InputError(f"{path} holds no vectors; call them one of: {', '.join(MATRICES)}.")
    return [] if names is None else [str(each) for each in names.tolist()], matrix


def _first(archive: Any, keys: Iterable[str]) -> Matrix | None:
    return next((archive[key] for key in keys if key in archive), None)


def _of_npy(path: Path) -> Matrix:
    parts = sorted(path.glob("*.npy"), key=_numbers) if path.is_dir() else [path]
    if not parts:
        raise InputError(f"{path} holds no .npy files.")
    try:
        return np.concatenate([np.load(part, allow_pickle=False) for part in parts])
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path} cannot be read as vectors: {error}") from error


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
        raise InputError(f"{path} holds no JSON list of files.")
    return [str(each) for each in listed]
