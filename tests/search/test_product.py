from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from firs.blas import blas_threads
from firs.search import matrix as module
from firs.search.matrix import product


def some(rows: int, dim: int, kind: type = np.float32) -> NDArray[Any]:
    return np.random.default_rng(rows).standard_normal((rows, dim)).astype(kind)


@pytest.mark.parametrize("kind", [np.float16, np.float32])
@pytest.mark.parametrize("count", [1, 3, 1024, 1025, 5000])
def test_every_row_against_every_vector(count: int, kind: type) -> None:
    rows, vectors = some(count, 24, kind), some(7, 24)
    found = product(rows, vectors)
    assert found.shape == (count, 7)
    assert found.dtype == np.float32
    expected = rows.astype(np.float64) @ vectors.T.astype(np.float64)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize(("rows", "vectors"), [(0, 3), (3, 0), (0, 0)])
def test_nothing_against_nothing(rows: int, vectors: int) -> None:
    assert product(some(rows, 8), some(vectors, 8)).shape == (rows, vectors)


@pytest.mark.parametrize("count", [1, 1023, 2049, 9000])
def test_two_threads_find_the_same_to_the_last_bit(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, vectors = some(count, 48, np.float16), some(5, 48)
    one = product(rows, vectors)
    monkeypatch.setattr(module, "_PARALLEL_SIZE", 1)
    np.testing.assert_array_equal(product(rows, vectors), one)


def test_a_row_counts_the_same_in_every_neighbourhood() -> None:
    rows, vectors = some(3000, 32), some(2, 32)
    np.testing.assert_array_equal(product(rows[1024:], vectors), product(rows, vectors)[1024:])


def test_products_at_one_time_are_the_same_and_blas_gets_its_threads_back() -> None:
    rows, vectors = some(20_000, 64), some(8, 64)
    before = blas_threads()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: product(rows, vectors), range(32)))
    assert blas_threads() == before
    assert all(np.array_equal(each, found[0]) for each in found)
