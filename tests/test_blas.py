"""Limits that overlap in time, in threads that end in any order."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import permutations

import pytest
from threadpoolctl import threadpool_info

from firs.blas import blas_threads, one_blas_thread
from firs.index.engine import faiss

ONE = [1] * len(blas_threads())


class Worker:
    """A thread that enters and leaves the limit on request."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._limit = ExitStack()

    def enter(self) -> None:
        self._pool.submit(self._limit.enter_context, one_blas_thread()).result()

    def leave(self) -> None:
        self._pool.submit(self._limit.close).result()


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    with ExitStack() as stack:
        yield [Worker(stack.enter_context(ThreadPoolExecutor(1))) for _ in range(3)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_last_thread_to_leave_restores_the_number(
    workers: list[Worker], order: tuple[int, ...]
) -> None:
    before = blas_threads()
    for worker in workers:
        worker.enter()
        assert blas_threads() == ONE
    for at in order:
        assert blas_threads() == ONE
        workers[at].leave()
    assert blas_threads() == before


def test_a_limit_takes_effect_whichever_thread_had_the_last_one(workers: list[Worker]) -> None:
    before = blas_threads()
    for worker in workers:
        worker.enter()
        assert blas_threads() == ONE
        worker.leave()
        assert blas_threads() == before


def test_a_limit_inside_a_limit_changes_nothing() -> None:
    before = blas_threads()
    with one_blas_thread():
        with one_blas_thread():
            assert blas_threads() == ONE
        assert blas_threads() == ONE
    assert blas_threads() == before


def test_an_error_inside_restores_the_number() -> None:
    before = blas_threads()
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        raise ZeroDivisionError
    assert blas_threads() == before


def test_a_blas_is_found_and_faiss_keeps_its_threads() -> None:
    assert blas_threads()
    before = faiss.omp_get_max_threads()
    with one_blas_thread():
        assert faiss.omp_get_max_threads() == before
        known = [pool for pool in threadpool_info() if pool["internal_api"] == "openmp"]
        assert {pool["num_threads"] for pool in known} == {before}
