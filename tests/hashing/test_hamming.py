import numpy as np
import pytest
from numpy.typing import NDArray

from firs.errors import InputError
from firs.hashing.hamming import HammingIndex


def codes(count: int, seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, size=(count, 16), dtype=np.uint8)


def test_distances_count_the_bits_that_differ() -> None:
    entries, queries = codes(50, 0), codes(7, 1)
    expected = np.bitwise_count(queries[:, np.newaxis] ^ entries).sum(axis=2)
    index = HammingIndex(np.arange(50), entries)
    np.testing.assert_array_equal(index.distances(queries), expected)


def test_search_agrees_with_distances_and_orders_equals_by_id() -> None:
    entries, queries = codes(300, 2) % np.uint8(2), codes(5, 3) % np.uint8(2)
    ids = np.arange(300) * 7
    index = HammingIndex(ids, entries)
    found, scores = index.search(queries, 20)
    order = np.argsort(index.distances(queries), axis=1, kind="stable")[:, :20]
    np.testing.assert_array_equal(found, ids[order])
    assert np.all(np.diff(scores, axis=1) <= 0)
    assert len(index) == 300


def test_more_asked_than_there_is() -> None:
    found, _ = HammingIndex(np.arange(3), codes(3, 4)).search(codes(1, 5), 10)
    assert sorted(found[0].tolist()) == [0, 1, 2]


@pytest.mark.parametrize("entries", [codes(3, 6)[:, :5], codes(4, 6)])
def test_what_does_not_fit_is_refused(entries: NDArray[np.uint8]) -> None:
    with pytest.raises(InputError, match="multiple of 8 bytes"):
        HammingIndex(np.arange(3), entries)
