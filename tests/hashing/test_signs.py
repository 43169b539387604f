import numpy as np

from firs.hashing.base import unpack_bits
from firs.hashing.signs import Mean, Median

IMAGES = np.array([[0, 5], [1, 6], [8, 7]], np.float32)
TEXTS = np.array([[10, -5], [12, -7]], np.float32)


def test_each_modality_has_its_own_mean() -> None:
    trained = Mean.train(IMAGES, TEXTS)
    assert unpack_bits(trained.codes(IMAGES), 2).tolist() == [[0, 0], [0, 0], [1, 1]]
    assert trained.project_query(TEXTS).tolist() == [[-1, 1], [1, -1]]
    assert unpack_bits(trained.query_codes(TEXTS), 2).tolist() == [[0, 1], [1, 0]]


def test_or_its_own_median() -> None:
    trained = Median.train(IMAGES, TEXTS)
    assert trained.image_middle.tolist() == [1, 6]
    assert unpack_bits(trained.codes(IMAGES), 2).tolist() == [[0, 0], [0, 0], [1, 1]]


def test_a_bit_stands_for_how_far_its_dimension_lies_from_the_middle() -> None:
    trained = Median.train(IMAGES, TEXTS)
    np.testing.assert_allclose(trained.decode(trained.codes(IMAGES))[2], [8 / 3, 2 / 3], rtol=1e-6)
