import numpy as np
import pytest
from matplotlib import colormaps
from numpy.typing import NDArray

from firs.explanation.heatmaps import apply_colour_map, colour_map

SEEN_WITHOUT = {
    "red cones": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "green cones": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
}  # fmt: skip
"""Machado, Oliveira and Fernandes, 2009, for linear RGB."""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def linear() -> NDArray[np.float64]:
    colours = colour_map() / 255
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def test_lightness_rises_from_step_to_step() -> None:
    assert (np.diff(linear() @ LUMINANCE) > -1e-4).all()
    assert np.ptp(linear() @ LUMINANCE) > 0.7


@pytest.mark.parametrize("cones", SEEN_WITHOUT)
def test_the_order_is_the_same_without_some_cones(cones: str) -> None:
    seen = linear() @ np.array(SEEN_WITHOUT[cones]).T
    light = seen @ LUMINANCE
    assert (np.diff(light[::8]) > 0).all()
    assert np.abs(seen[0] - seen[-1]).max() > 0.5


def test_it_is_near_cividis() -> None:
    known = colormaps["cividis"](np.linspace(0, 1, 256))[:, :3] * 255
    assert np.abs(colour_map() - known).mean() < 12


def test_values_of_any_shape() -> None:
    assert apply_colour_map(np.array([[0, 0.5, 1]], np.float32)).shape == (1, 3, 3)
    np.testing.assert_array_equal(
        apply_colour_map(np.array([-2, 3], np.float32)), colour_map()[[0, -1]]
    )
