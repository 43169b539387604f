import numpy as np

from firs.hashing.signs import Itq, SuperBits
from tests.index.test_contract import unit

SPREAD = np.exp(-np.arange(160) / 30, dtype=np.float32)
IMAGES = unit(2_000, 0, dim=160) * SPREAD
IMAGES /= np.linalg.norm(IMAGES, axis=1, keepdims=True)


def found(kind: type[SuperBits] | type[Itq], first: int) -> float:
    """The share of the ten nearest that are among the first by Hamming distance."""
    trained = kind.train(IMAGES, IMAGES)
    codes = np.unpackbits(trained.codes(IMAGES), axis=1)
    shares = []
    for at in range(0, 2_000, 50):
        exact = np.argsort(-(IMAGES @ IMAGES[at]))[:10]
        near = np.argsort((codes != codes[at]).sum(axis=1), kind="stable")[:first]
        shares.append(np.isin(exact, near).mean())
    return float(np.mean(shares))


def test_more_is_found_than_by_a_sign_a_dimension() -> None:
    assert found(SuperBits, 20) > found(Itq, 20) + 0.05


def test_directions_are_orthogonal_in_groups() -> None:
    directions = SuperBits.train(IMAGES, IMAGES).directions
    assert directions.shape == (160, 320)
    np.testing.assert_allclose(directions[:, :40].T @ directions[:, :40], np.eye(40), atol=1e-4)
