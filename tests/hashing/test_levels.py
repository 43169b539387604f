import numpy as np
import pytest

from firs.errors import InputError
from firs.hashing import open_hash
from firs.hashing.base import unpack_numbers
from firs.hashing.levels import Levels
from firs.hashing.signs import random_rotation
from tests.index.test_contract import unit


@pytest.mark.parametrize("bits", [2, 4])
def test_ranges_are_equally_frequent(bits: int) -> None:
    images = unit(1600, 0)
    numbers = unpack_numbers(Levels.train(images, images, bits).codes(images), 24, bits)
    for column in numbers.T:
        counts = np.bincount(column, minlength=2**bits)
        assert abs(counts - 1600 / 2**bits).max() <= 1


def test_more_bits_miss_less() -> None:
    images = unit(2000, 1)

    def lost(bits: int) -> float:
        trained = Levels.train(images, images, bits)
        seen = (images - trained.image_middle) @ random_rotation(24)
        return float(np.square(seen - trained.decode(trained.codes(images))).sum(axis=1).mean())

    two, four, eight = (lost(bits) for bits in (2, 4, 8))
    assert eight < four / 4 < two / 16


def test_a_range_that_nothing_fell_into_stands_for_its_edge() -> None:
    images = unit(3, 2)
    trained = Levels.train(images, images, bits=8)
    assert np.isfinite(trained.means).all()
    assert np.all(np.diff(trained.edges, axis=0) >= 0)


@pytest.mark.parametrize("bits", [0, 9])
def test_bits_out_of_range(bits: int) -> None:
    with pytest.raises(InputError, match=f"bits is from 1 to 8 here, not {bits}"):
        open_hash(f"levels(bits={bits})")(unit(9, 3), unit(9, 3))
