import numpy as np
import pytest

from firs.errors import InputError
from firs.index import entries as half
from firs.index.entries import GivenEntries, gather
from tests.index.test_contract import unit

IDS = np.random.default_rng(0).permutation(50) * 3
VECTORS = unit(50, 0)


def test_parts_come_in_the_order_of_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(half, "AT_ONCE", 8)
    entries = GivenEntries(IDS, VECTORS)
    assert (len(entries), entries.dim) == (50, 24)
    assert [len(ids) for ids, _ in entries.parts()] == [8] * 6 + [2]
    ids, vectors = gather(entries)
    assert ids.tolist() == sorted(IDS.tolist())
    np.testing.assert_array_equal(vectors, VECTORS[np.argsort(IDS)])


def test_nothing_to_gather() -> None:
    ids, vectors = gather(GivenEntries(IDS[:0], VECTORS[:0]))
    assert (ids.shape, vectors.shape) == ((0,), (0, 24))


def test_an_id_that_stands_twice() -> None:
    with pytest.raises(InputError, match="id 3 occurs twice"):
        GivenEntries(np.array([3, 3]), VECTORS[:2])
