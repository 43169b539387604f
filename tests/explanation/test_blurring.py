import numpy as np
import pytest
from PIL import Image

from firs.explanation.occlusion import BlurBaseline


def noise(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def test_only_the_marked_part_is_blurred() -> None:
    blurred = BlurBaseline(noise(100, 100), 160)
    marked = np.zeros((4, 4), dtype=np.bool_)
    marked[:, 2:] = True
    before, after = np.asarray(blurred.sharp, float), np.asarray(blurred.blur_where(marked), float)
    np.testing.assert_array_equal(before[:, :40], after[:, :40])
    assert after[:, 60:].std() < before[:, 60:].std() / 4


def test_nothing_marked_changes_nothing() -> None:
    blurred = BlurBaseline(noise(30, 50), 160)
    assert blurred.blur_where(np.zeros((3, 3), dtype=np.bool_)).tobytes() == blurred.sharp.tobytes()


@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (2, 900)])
def test_pictures_of_any_shape(size: tuple[int, int]) -> None:
    blurred = BlurBaseline(Image.new("RGB", size), 160)
    assert blurred.blur_where(np.ones((32, 32), dtype=np.bool_)).size == blurred.sharp.size
    assert max(blurred.sharp.size) <= 320
