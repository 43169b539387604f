import numpy as np
import pytest

from firs.hashing.base import pack_bits
from firs.hashing.per_vector import above_mean, above_median


def test_each_vector_is_its_own_measure() -> None:
    vectors = np.array([[0, 0, 0, 10], [1, 2, 3, 4]], np.float32)
    assert np.unpackbits(above_mean(vectors), axis=1)[:, :4].tolist() == [
        [0, 0, 0, 1],
        [0, 0, 1, 1],
    ]
    assert np.unpackbits(above_median(vectors), axis=1)[:, :4].tolist() == [
        [0, 0, 0, 1],
        [0, 0, 1, 1],
    ]


def test_a_median_sets_half_of_the_bits() -> None:
    vectors = np.random.default_rng(0).exponential(size=(20, 64)).astype(np.float32)
    assert np.bitwise_count(above_median(vectors)).sum(axis=1).tolist() == [32] * 20
    assert np.all(np.bitwise_count(above_mean(vectors)).sum(axis=1) < 32)


def test_equal_components_set_no_bit() -> None:
    assert not above_mean(np.full((1, 8), 0.25, np.float32)).any()


@pytest.mark.parametrize(("dim", "width"), [(1, 8), (64, 8), (65, 16), (512, 64), (768, 96)])
def test_any_dimension_fits(dim: int, width: int) -> None:
    codes = pack_bits(np.ones((2, dim), dtype=np.bool_))
    assert codes.shape == (2, width)
    assert np.bitwise_count(codes).sum(axis=1).tolist() == [dim, dim]
