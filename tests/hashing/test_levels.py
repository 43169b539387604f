import numpy as np
import pytest

from firs.hashing.base import unpack_numbers
from firs.hashing.levels import Levels2, Levels4, Levels8
from firs.hashing.signs import random_rotation
from tests.index.test_contract import unit


@pytest.mark.parametrize("kind", [Levels2, Levels4])
def test_ranges_are_equally_frequent(kind: type[Levels2]) -> None:
    images = unit(1600, 0)
    numbers = unpack_numbers(kind.train(images, images).codes(images), 24, kind.bits)
    for column in numbers.T:
        counts = np.bincount(column, minlength=2**kind.bits)
        assert abs(counts - 1600 / 2**kind.bits).max() <= 1


def test_more_bits_miss_less() -> None:
    images = unit(2000, 1)

    def lost(kind: type[Levels2]) -> float:
        trained = kind.train(images, images)
        seen = (images - trained.image_middle) @ random_rotation(24)
        return float(np.square(seen - trained.decode(trained.codes(images))).sum(axis=1).mean())

    two, four, eight = (lost(kind) for kind in (Levels2, Levels4, Levels8))
    assert eight < four / 4 < two / 16


def test_a_range_that_nothing_fell_into_stands_for_its_edge() -> None:
    images = unit(3, 2)
    trained = Levels8.train(images, images)
    assert np.isfinite(trained.means).all()
    assert np.all(np.diff(trained.edges, axis=0) >= 0)
