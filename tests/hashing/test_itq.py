import numpy as np

from firs.hashing.signs import Itq, Rotation
from tests.index.test_contract import unit


def lost(trained: Rotation | Itq, images: np.ndarray) -> float:
    """What the codes miss of the centred images, on average."""
    seen = (images - trained.image_middle) @ trained.rotation
    return float(np.square(seen - trained.decode(trained.codes(images))).sum(axis=1).mean())


def test_codes_miss_less_than_after_a_random_rotation() -> None:
    few = np.array([3, 2, 1, 1, *[0.2] * 20], np.float32)
    images = unit(500, 0) * few
    assert lost(Itq.train(images, images), images) < 0.95 * lost(
        Rotation.train(images, images), images
    )


def test_its_rotation_is_one() -> None:
    rotation = Itq.train(unit(100, 1), unit(9, 2)).rotation
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(24), atol=1e-4)
