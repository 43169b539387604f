import io
from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.index import entries as half
from firs.index.entries import GivenEntries
from firs.index.mapped import (
    Rows,
    best_of_some,
    best_rows,
    index_rows,
    read_rows,
    save_rows,
    write_rows,
)
from tests.index.test_contract import unit

ROWS = unit(50, 0).astype(np.float16)
IDS = np.arange(50)


@pytest.mark.parametrize("rows", [ROWS, ROWS[:0]])
def test_rows_come_back_from_memory_and_from_a_file(tmp_path: Path, rows: np.ndarray) -> None:
    path = tmp_path / "rows"
    for file in (io.BytesIO(), path.open("w+b")):
        with file:
            file.write(b"before")
            save_rows(file, Rows(rows))
            file.write(b"behind")
            file.flush()
            file.seek(6)
            np.testing.assert_array_equal(read_rows(file).array, rows)
            assert file.read() == b"behind"


def test_rows_of_a_file_stay_there(tmp_path: Path) -> None:
    with (tmp_path / "rows").open("w+b") as file:
        save_rows(file, Rows(ROWS))
        file.flush()
        file.seek(0)
        rows = read_rows(file)
    assert rows.mapping is not None
    assert rows.array.ctypes.data % 64 == 0
    rows.drop()
    np.testing.assert_array_equal(rows.evenly(20), ROWS[::3].astype(np.float32))
    np.testing.assert_array_equal(rows.evenly(99), ROWS.astype(np.float32))
    np.testing.assert_array_equal(rows.some(np.array([7, 49, 0, 7])), ROWS[[7, 49, 0, 7]])
    assert rows.some(IDS[:0]).shape == (0, 24)


def test_parts_are_written_as_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(half, "AT_ONCE", 8)
    with (tmp_path / "rows").open("w+b") as file:
        ids, start = write_rows(file, GivenEntries(IDS[::-1], 3 * unit(50, 0)[::-1]))
        file.flush()
        file.seek(0)
        np.testing.assert_allclose(read_rows(file).array, ROWS, atol=1e-3)
    assert ids.tolist() == IDS.tolist()
    assert start % 64 == 0


def test_a_vector_without_direction_is_named() -> None:
    vectors = unit(50, 2)
    vectors[33] = 0
    with pytest.raises(InputError, match="entry 133"):
        write_rows(io.BytesIO(), GivenEntries(IDS + 100, vectors))


def test_they_are_searched_where_they_lie() -> None:
    rows = ROWS.copy()
    index = index_rows(rows)
    queries = rows[:3].astype(np.float32)
    assert index.search(queries, 1)[1][:, 0].tolist() == [0, 1, 2]
    rows[1] = -rows[1]
    assert index.search(queries, 1)[1][1, 0] != 1


def test_rows_live_as_long_as_the_index() -> None:
    index = index_rows(unit(2000, 1).astype(np.float16))
    np.ones(10**6).sum()
    assert index.search(unit(2000, 1), 1)[1][:, 0].tolist() == list(range(2000))


def test_the_best_of_some() -> None:
    [query] = unit(1, 5)
    scores, places = best_of_some(Rows(ROWS), np.array([40, 3, 17]), query, 2)
    expected = sorted([3, 17, 40], key=lambda place: -(ROWS[place].astype(np.float32) @ query))
    assert places.tolist() == expected[:2]
    np.testing.assert_allclose(scores, ROWS[places].astype(np.float32) @ query, atol=1e-5)


@pytest.mark.parametrize("count", [1, 9, 50])
def test_the_best_of_the_parts_are_the_best_of_all(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries = unit(7, 3)
    whole = index_rows(ROWS).search(queries, count)
    monkeypatch.setattr(half, "AT_ONCE", 8)
    scores, places = best_rows(Rows(ROWS), queries, count)
    np.testing.assert_array_equal(places, whole[1])
    np.testing.assert_array_equal(scores, whole[0])
