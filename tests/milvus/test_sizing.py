import numpy as np

from firs.milvus.server import ROWS_AT_ONCE, split_rows


def test_many_small_rows_are_counted() -> None:
    sizes = [len(part) for part in split_rows([{"id": n} for n in range(2 * ROWS_AT_ONCE + 1)])]
    assert sizes == [ROWS_AT_ONCE, ROWS_AT_ONCE, 1]


def test_large_rows_are_weighed() -> None:
    """1 MB each, whatever it is made of."""
    megabyte = 1 << 20
    rows = [
        {"id": 1, "text": "x" * megabyte},
        {"id": 2, "bits": bytes(megabyte)},
        {"id": 3, "vector": np.zeros(megabyte // 4, np.float32)},
        {"id": 4, "texts": ["x" * 1024] * 1024},
        {"id": 5, "json": {"all": "x" * megabyte}},
    ]
    assert [len(part) for part in split_rows(rows)] == [3, 2]
    assert [row for part in split_rows(rows) for row in part] == rows


def test_a_row_that_is_too_large_goes_alone() -> None:
    rows = [{"id": n, "text": "x" * (5 << 20)} for n in range(2)]
    assert [len(part) for part in split_rows(rows)] == [1, 1]
    assert list(split_rows([])) == []
