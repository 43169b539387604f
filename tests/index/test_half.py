import numpy as np
import pytest

from firs.errors import InputError
from firs.index import entries as half
from firs.index.entries import half_rows, parts
from tests.index.test_contract import unit

IDS = np.arange(50)


def test_other_lengths_become_one_in_the_order_asked_for() -> None:
    vectors = (unit(50, 0) * 7).astype(np.float32)
    rows = half_rows(vectors, IDS, IDS[::-1])
    assert rows.dtype == np.float16
    np.testing.assert_allclose(rows, unit(50, 0)[::-1], atol=1e-3)


def test_those_that_are_ready_are_not_copied() -> None:
    ready = unit(50, 1).astype(np.float16)
    assert half_rows(ready, IDS, IDS) is not None
    assert np.shares_memory(half_rows(ready, IDS, IDS), ready)
    assert not np.shares_memory(half_rows(ready, IDS, IDS[::-1]), ready)


def test_a_vector_without_direction_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(half, "AT_ONCE", 8)
    vectors = unit(50, 2)
    vectors[33] = 0
    with pytest.raises(InputError, match="entry 133"):
        half_rows(vectors, IDS + 100, IDS)


def test_parts_make_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(half, "AT_ONCE", 8)
    assert [IDS[part].tolist() for part in parts(20)] == [
        list(range(8)),
        list(range(8, 16)),
        list(range(16, 20)),
    ]
    assert list(parts(0)) == []
