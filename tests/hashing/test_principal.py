import numpy as np
import pytest

from firs.hashing import open_hash
from firs.hashing.hamming import agreement
from firs.hashing.levels import Principal
from tests.index.test_contract import unit

SPREAD = np.exp(-np.arange(64) / 12, dtype=np.float32)
IMAGES = unit(2000, 0, dim=64) * SPREAD
QUERIES = unit(50, 1, dim=64) * SPREAD


def test_bits_are_spent_on_a_share_of_the_axes() -> None:
    assert Principal.train(IMAGES, QUERIES).axes.shape == (16, 64)
    assert Principal.train(IMAGES, QUERIES, bits=2).axes.shape == (32, 64)


def test_where_the_spread_is_uneven_it_agrees_more_than_signs_do() -> None:
    def agreed(kind: str) -> float:
        trained = open_hash(kind)(IMAGES, np.zeros_like(IMAGES[:1]))
        return agreement(trained, IMAGES, QUERIES)

    assert agreed("principal(bits=2)") > agreed("principal") > agreed("itq")


@pytest.mark.parametrize("bits", [1, 2])
def test_levels_are_the_means_of_what_is_nearest(bits: int) -> None:
    trained = Principal.train(IMAGES, QUERIES, bits)
    assert np.all(np.diff(trained.means, axis=0) >= 0)
    along = (IMAGES - trained.image_middle) @ trained.axes.T
    values = trained.decode(trained.codes(IMAGES)) @ trained.axes.T
    nearest = np.abs(along[:, :, np.newaxis] - trained.means.T).min(axis=2)
    assert np.mean(np.abs(along - values) - nearest) < 0.01 * nearest.mean()
