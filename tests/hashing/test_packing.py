import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firs.hashing.base import pack_bits, pack_numbers, unpack_bits, unpack_numbers


@given(st.integers(1, 130), st.integers(0, 5), st.integers(0, 99))
def test_bits_come_back(dim: int, count: int, seed: int) -> None:
    bits = np.random.default_rng(seed).random((count, dim)) < 0.5
    np.testing.assert_array_equal(unpack_bits(pack_bits(bits), dim), bits)


@pytest.mark.parametrize("bits", [2, 4, 8])
@pytest.mark.parametrize("dim", [1, 5, 32, 33])
def test_numbers_come_back(bits: int, dim: int) -> None:
    drawn = np.random.default_rng(dim).integers(0, 2**bits, (20, dim)).astype(np.uint8)
    codes = pack_numbers(drawn, bits)
    assert codes.shape[1] == 8 * -(-dim * bits // 64)
    np.testing.assert_array_equal(unpack_numbers(codes, dim, bits), drawn)


def test_the_highest_bit_comes_first() -> None:
    assert pack_numbers(np.array([[2, 1, 3, 0]], np.uint8), 2)[0, 0] == 0b10011100
