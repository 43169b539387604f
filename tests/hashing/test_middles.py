from dataclasses import dataclass

import numpy as np

from firs.hashing.signs import ModalityMeans


@dataclass(frozen=True, slots=True)
class Sized(ModalityMeans):
    size: np.ndarray


def test_what_is_kept_is_every_field_and_comes_back() -> None:
    hash_ = Sized(np.zeros(3, np.float32), np.ones(3, np.float32), np.full(3, 2, np.float32))
    assert (hash_.dim, list(hash_.arrays())) == (3, ["image_middle", "text_middle", "size"])
    again = Sized.of(hash_.arrays())
    for name, array in hash_.arrays().items():
        np.testing.assert_array_equal(again.arrays()[name], array)
