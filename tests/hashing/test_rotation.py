import numpy as np
import pytest

from firs.hashing.signs import random_rotation


@pytest.mark.parametrize("dim", [1, 2, 37])
def test_lengths_stay(dim: int) -> None:
    rotation = random_rotation(dim)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(dim), atol=1e-5)


def test_it_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        random_rotation(3)[0, 0] = 0
