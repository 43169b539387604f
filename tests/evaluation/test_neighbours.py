from dataclasses import replace

import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.strategies.fused import near_neighbours
from tests.evaluation.benches import small_bench

BENCH = small_bench()


@pytest.mark.parametrize("among", [1, 5, 59])
def test_one_of_the_nearest_and_never_the_image_itself(among: int) -> None:
    examples = near_neighbours(BENCH, among, seed=0)
    closeness = BENCH.images @ BENCH.images.T
    for example, sought in zip(examples, BENCH.groups, strict=True):
        nearest = [int(each) for each in np.argsort(-closeness[sought]) if each != sought]
        assert example in nearest[:among]
    assert len(np.unique(examples)) > 1


def test_drawn_by_the_seed() -> None:
    first, again, other = (near_neighbours(BENCH, 9, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_nearness_is_the_eyes() -> None:
    alone = np.eye(60, dtype=np.float32)
    oracle = alone + np.float32(0.5) * np.roll(alone, 1, axis=1)
    seen = near_neighbours(replace(BENCH, oracle_embeddings=oracle), 2, seed=0)
    apart = (seen - BENCH.groups) % 60
    assert set(apart.tolist()) == {1, 59}


@pytest.mark.parametrize("among", [0, 60])
def test_not_so_many_others(among: int) -> None:
    with pytest.raises(InputError, match=f"one of the 1 to 59 nearest images, not of {among}"):
        near_neighbours(BENCH, among, seed=0)
