import numpy as np
import pytest

from firs.hashing.rescoring import KEPT, Float16, Int8, StoredVectors
from tests.index.test_contract import unit

VECTORS, QUERIES = unit(300, 0, dim=256), unit(40, 1, dim=256)


@pytest.mark.parametrize(
    ("name", "bytes_", "within"), [("float16", 512, 5e-4), ("int8", 260, 5e-3)]
)
def test_cosines_stay_close(name: str, bytes_: int, within: float) -> None:
    kept: StoredVectors = KEPT[name](VECTORS)
    assert kept.bytes_per_vector == bytes_
    floats = kept.floats(np.arange(300))
    assert floats.dtype == np.float32
    np.testing.assert_allclose(QUERIES @ floats.T, QUERIES @ VECTORS.T, atol=within)


def test_places_may_be_of_any_shape() -> None:
    places = np.array([[3, 5], [7, 3]])
    for kept in (Float16(VECTORS), Int8(VECTORS)):
        assert kept.floats(places).shape == (2, 2, 256)
        np.testing.assert_array_equal(kept.floats(places)[1, 1], kept.floats(np.array([3]))[0])


def test_a_vector_of_zeros() -> None:
    assert not Int8(np.zeros((2, 8), np.float32)).floats(np.array([0, 1])).any()
