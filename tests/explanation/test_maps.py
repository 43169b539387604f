import numpy as np
import pytest
from PIL import Image

from firs.explanation.heatmaps import LARGEST, brightest, prepare_picture


@pytest.mark.parametrize(
    ("size", "as_shown"),
    [
        ((1, 1), (1, 1)),
        ((300, 200), (300, 200)),
        ((3000, 1500), (1024, 512)),
        ((9000, 1), (1024, 1)),
    ],
)
def test_picture_keeps_its_proportions(size: tuple[int, int], as_shown: tuple[int, int]) -> None:
    assert prepare_picture(Image.new("L", size)).size == as_shown
    assert prepare_picture(Image.new("L", size)).mode == "RGB"


def test_picture_is_upright() -> None:
    turned = Image.new("RGB", (40, 20))
    turned.getexif()[0x0112] = 6
    assert prepare_picture(turned).size == (20, 40)
    assert LARGEST >= 1000


def test_maps_go_from_0_to_1() -> None:
    np.testing.assert_array_equal(
        brightest(np.array([[-1, 0], [2, 4]], np.float32)), [[0, 0], [0.5, 1]]
    )
    assert not brightest(np.full((2, 2), -1, np.float32)).any()
