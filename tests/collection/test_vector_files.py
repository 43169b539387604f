"""Vectors in files, in all the forms in which people have them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from firs.errors import InputError
from firs.indexing.vectors import open_vectors, write_vectors

MATRIX = np.arange(12, dtype=np.float32).reshape(4, 3)
FILES = ["a.jpg", "b c.jpg", "sub/ä.jpg", "/abs/d.png"]


def read_vectors(path: Path, names: Path | None = None) -> tuple[list[str], NDArray[Any]]:
    """All that files hold, read in batches of three."""
    batches = list(open_vectors(path, names).batches(3))
    assert max(len(rows) for _, rows in batches) <= 3
    return [name for names, _ in batches for name in names], np.concatenate(
        [rows for _, rows in batches]
    )


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_what_is_written_is_read_again(tmp_path: Path, dtype: str) -> None:
    matrix = MATRIX.astype(dtype)
    write_vectors(tmp_path / "out.npz", FILES, matrix)
    names, read = read_vectors(tmp_path / "out.npz")
    assert names == FILES
    assert read.dtype == dtype
    assert (read == matrix).all()
    write_vectors(tmp_path / "out.npy", FILES, matrix)
    names, read = read_vectors(tmp_path / "out.npy", tmp_path / "out.txt")
    assert names == FILES
    assert (read == matrix).all()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.npy", "out.npz", "out.txt"]


@pytest.mark.parametrize("matrix", ["image_vectors", "embeddings", "features"])
@pytest.mark.parametrize("files", ["image_ids", "paths", "names"])
def test_other_names_in_an_archive_are_known(tmp_path: Path, matrix: str, files: str) -> None:
    arrays: dict[str, Any] = {matrix: MATRIX, files: np.array(FILES)}
    np.savez(tmp_path / "made.npz", **arrays)
    names, read = read_vectors(tmp_path / "made.npz")
    assert names == FILES
    assert (read == MATRIX).all()


def test_parts_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    parts = tmp_path / "img_emb"
    parts.mkdir()
    for at in (10, 9, 0):
        np.save(parts / f"img_emb_{at}.npy", np.full((1, 3), at))
    (tmp_path / "list.json").write_text(json.dumps(["a", "b", "c"]))
    names, read = read_vectors(parts, tmp_path / "list.json")
    assert names == ["a", "b", "c"]
    assert read[:, 0].tolist() == [0, 9, 10]


def test_a_list_goes_before_the_archives_own(tmp_path: Path) -> None:
    write_vectors(tmp_path / "out.npz", FILES, MATRIX)
    (tmp_path / "list.txt").write_text("1.jpg\n\n2.jpg\n3.jpg\n4.jpg\n")
    names, _ = read_vectors(tmp_path / "out.npz", tmp_path / "list.txt")
    assert names == ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]


def test_compressed_archives_and_columns_first_are_read(tmp_path: Path) -> None:
    for columns_first in (False, True):
        matrix = np.asfortranarray(MATRIX) if columns_first else MATRIX
        np.savez_compressed(tmp_path / "made.npz", files=np.array(FILES), vectors=matrix)
        assert (read_vectors(tmp_path / "made.npz")[1] == MATRIX).all()


def test_an_archive_that_is_damaged_within_is_told_when_it_is_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "whole.npz", files=np.array(FILES), vectors=MATRIX)
    whole = (tmp_path / "whole.npz").read_bytes()
    (tmp_path / "damaged.npz").write_bytes(whole.replace(MATRIX.tobytes(), bytes(MATRIX.nbytes)))
    with pytest.raises(InputError, match="Bad CRC-32"):
        read_vectors(tmp_path / "damaged.npz")


def test_bad_files_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "m.npy", MATRIX)
    np.savez(tmp_path / "none.npz", other=MATRIX)
    np.savez(tmp_path / "unnamed.npz", vectors=MATRIX)
    np.save(tmp_path / "objects.npy", np.array([{}]), allow_pickle=True)
    (tmp_path / "short.txt").write_text("a.jpg\n")
    (tmp_path / "bad.json").write_text("{}")
    (tmp_path / "cut.npz").write_bytes((tmp_path / "none.npz").read_bytes()[:90])
    (tmp_path / "empty").mkdir()
    for path, names, message in (
        ("m.npy", None, "Which pictures are the vectors in"),
        ("unnamed.npz", None, "Which pictures are the vectors in"),
        ("m.npy", "short.txt", "shape 4×3 for 1 files"),
        ("m.npy", "bad.json", "has no JSON list"),
        ("m.npy", "absent.txt", "cannot be read as a list of files"),
        ("none.npz", None, "has no vectors; call them one of"),
        ("cut.npz", None, "cannot be read as vectors"),
        ("absent.npz", None, "cannot be read as vectors"),
        ("objects.npy", "short.txt", "cannot be read as vectors"),
        ("empty", "short.txt", r"has no \.npy files"),
    ):
        with pytest.raises(InputError, match=message):
            read_vectors(tmp_path / path, tmp_path / names if names else None)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    write_vectors(tmp_path / "out.npy", FILES, MATRIX)
    with pytest.raises(InputError, match=r"out\.npy is there already"):
        write_vectors(tmp_path / "out.npy", FILES, MATRIX)
    (tmp_path / "out.npy").unlink()
    with pytest.raises(InputError, match=r"out\.txt is there already"):
        write_vectors(tmp_path / "out.npy", FILES, MATRIX)
    with pytest.raises(InputError, match=r"not as out\.csv"):
        write_vectors(tmp_path / "out.csv", FILES, MATRIX)
