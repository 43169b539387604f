import numpy as np
import pytest

from firs.errors import InputError
from firs.index.base import check_entries, check_k, check_queries
from tests.index.test_contract import unit


def test_entries_come_sorted_by_id_with_length_one() -> None:
    vectors = np.array([[0, 3], [4, 0]], dtype=np.float16)
    ids, rows = check_entries(np.array([9, 2]), vectors)
    assert ids.tolist() == [2, 9]
    assert rows.tolist() == [[1, 0], [0, 1]]
    assert rows.dtype == np.float32


def test_an_id_that_stands_twice() -> None:
    with pytest.raises(InputError, match="id 7 occurs twice"):
        check_entries(np.array([7, 1, 7]), unit(3, 0))


@pytest.mark.parametrize("shape", [(3,), (2, 4), (3, 0)])
def test_ids_and_vectors_that_do_not_fit(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"ids \(n,\) and vectors \(n, dim\)"):
        check_entries(np.arange(3), np.ones(shape, dtype=np.float32))


def test_what_was_passed_stays_as_it_was() -> None:
    queries = np.array([[0.0, 5.0]], dtype=np.float32)
    assert check_queries(queries, 2).tolist() == [[0, 1]]
    assert queries.tolist() == [[0, 5]]


def test_k_is_cut_to_what_there_is() -> None:
    assert [check_k(k, 5) for k in (1, 5, 6)] == [1, 5, 5]
    with pytest.raises(InputError, match="not -3"):
        check_k(-3, 5)
