import io
from pathlib import Path

import numpy as np
import pytest

from firs.index.mapped import read_rows, searched_rows
from tests.index.test_contract import unit

ROWS = unit(50, 0).astype(np.float16)


@pytest.mark.parametrize("rows", [ROWS, ROWS[:0]])
def test_rows_come_back_from_memory_and_from_a_file(tmp_path: Path, rows: np.ndarray) -> None:
    memory = io.BytesIO()
    np.save(memory, rows)
    path = tmp_path / "rows"
    path.write_bytes(b"before" + memory.getvalue())
    memory.seek(0)
    np.testing.assert_array_equal(read_rows(memory), rows)
    with path.open("rb") as file:
        file.read(6)
        np.testing.assert_array_equal(read_rows(file), rows)


def test_they_are_searched_where_they_lie() -> None:
    rows = ROWS.copy()
    index = searched_rows(rows)
    queries = rows[:3].astype(np.float32)
    assert index.search(queries, 1)[1][:, 0].tolist() == [0, 1, 2]
    rows[1] = -rows[1]
    assert index.search(queries, 1)[1][1, 0] != 1


def test_rows_live_as_long_as_the_index() -> None:
    index = searched_rows(unit(2000, 1).astype(np.float16))
    np.ones(10**6).sum()
    assert index.search(unit(2000, 1), 1)[1][:, 0].tolist() == list(range(2000))
