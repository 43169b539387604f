"""Pictures handed over in memory become what a person sees of them."""

import numpy as np
import pytest
from PIL import Image

from firs.imaging import to_rgb
from tests.imaging.making import corners, oriented

MODES = ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV"]
DEEP = ["I", "F", "I;16", "I;16B", "I;16L"]


@pytest.mark.parametrize("mode", [*MODES, "LAB", *DEEP])
def test_takes_every_mode(mode: str) -> None:
    rgb = to_rgb(Image.new(mode, (8, 6)))
    assert (rgb.mode, rgb.size) == ("RGB", (8, 6))


def test_converts_lab() -> None:
    middle_grey = to_rgb(Image.new("LAB", (4, 4), (137, 128, 128)))
    np.testing.assert_allclose(np.asarray(middle_grey), 128, atol=3)


@pytest.mark.parametrize(
    ("mode", "values", "expected"),
    [
        ("I", [[0, 65535]], [[0, 255]]),
        ("I", [[0, 200]], [[0, 200]]),
        ("I", [[-1000, 1000]], [[0, 255]]),
        ("I", [[7, 7]], [[7, 7]]),
        ("F", [[0.0, 1.0]], [[0, 255]]),
        ("F", [[0.0, 200.0]], [[0, 200]]),
        ("F", [[-5.0, 5.0]], [[0, 255]]),
        ("F", [[float("nan"), float("inf")]], [[0, 0]]),
    ],
)
def test_finds_the_white_of_deep_grey(
    mode: str, values: list[list[float]], expected: list[list[int]]
) -> None:
    dtype = np.int32 if mode == "I" else np.float32
    rgb = np.asarray(to_rgb(Image.fromarray(np.array(values, dtype=dtype))))
    assert rgb[:, :, 0].tolist() == expected


def test_leaves_a_plain_picture_alone() -> None:
    image = corners()
    assert to_rgb(image) is image


def test_rotates_once_and_does_not_change_its_argument() -> None:
    lying = corners().transpose(Image.Transpose.ROTATE_90)
    lying.info["exif"] = oriented(lying, 6).tobytes()
    upright = to_rgb(lying)
    assert upright.size == (60, 40)
    assert to_rgb(upright).size == (60, 40)
    assert lying.size == (40, 60)
    assert "exif" in lying.info
