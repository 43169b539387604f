"""Pictures of all shapes come to the tower as the model's rules say."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from firs.encoders.preprocess import Preprocess
from firs.errors import EncoderError

PLAIN: dict[str, Any] = {"mean": (0.0,) * 3, "std": (1.0,) * 3}


def ramp(width: int, height: int) -> Image.Image:
    """Red grows to the right, green downwards."""
    right = np.tile(np.linspace(0, 255, width), (height, 1))
    down = np.tile(np.linspace(0, 255, height)[:, None], (1, width))
    return Image.fromarray(np.stack([right, down, 0 * right], axis=2).astype(np.uint8))


@pytest.mark.parametrize("mode", ["shortest", "squash", "longest"])
@pytest.mark.parametrize(
    "size", [(1, 1), (3, 5), (32, 32), (33, 32), (500, 375), (375, 500), (997, 31), (1, 4000)]
)
def test_every_shape_becomes_the_towers(mode: str, size: tuple[int, int]) -> None:
    pixels = Preprocess(32, 32, mode)(ramp(*size))
    assert pixels.shape == (3, 32, 32)
    assert pixels.dtype == np.float32
    assert np.isfinite(pixels).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_every_mode_is_read(mode: str) -> None:
    image = Image.new("L", (40, 30), 200).convert("F" if mode == "F" else "L")
    picture = Image.new("I;16", (40, 30), 51200) if mode == "I;16" else image.convert(mode)
    assert Preprocess(16, 16)(picture).shape == (3, 16, 16)


def test_grey_gives_three_equal_channels() -> None:
    pixels = Preprocess(16, 16, **PLAIN)(Image.new("L", (50, 20), 51))
    assert pixels == pytest.approx(0.2, abs=1e-6)


def test_values_are_brought_to_the_models_scale() -> None:
    rules = Preprocess(8, 8, mean=(0.5, 0.25, 0.0), std=(0.5, 0.25, 2.0))
    pixels = rules(Image.new("RGB", (8, 8), (255, 0, 255)))
    assert pixels[:, 0, 0] == pytest.approx([1.0, -1.0, 0.5])


def test_squash_keeps_everything_and_shortest_keeps_the_middle() -> None:
    wide = ramp(160, 40)
    squashed = Preprocess(40, 40, "squash", **PLAIN)(wide)
    middle = Preprocess(40, 40, "shortest", **PLAIN)(wide)
    assert squashed[0, 20, [0, -1]] == pytest.approx([0, 1], abs=0.02)
    assert middle[0, 20, [0, -1]] == pytest.approx([60 / 159, 99 / 159], abs=0.01)


def test_the_middle_is_rounded_as_the_models_were_trained() -> None:
    """43 columns for 40: half of 3 is 1.5, which goes to the even 2."""
    middle = Preprocess(40, 40, "shortest", **PLAIN)(ramp(43, 40))
    assert middle[0, 0, 0] == pytest.approx(2 / 42, abs=0.005)


def test_longest_adds_a_border_of_the_fill() -> None:
    pixels = Preprocess(40, 40, "longest", fill=255, **PLAIN)(Image.new("RGB", (80, 20), "black"))
    assert pixels[:, [0, -1], 20] == pytest.approx(1)
    assert pixels[:, 20, :] == pytest.approx(0)


def test_an_edge_longer_than_the_tower_is_cut_on_all_sides() -> None:
    pixels = Preprocess(32, 32, "shortest", edge=64, **PLAIN)(ramp(64, 64))
    assert pixels[1, [0, -1], 0] == pytest.approx([16 / 63, 47 / 63], abs=0.005)


def test_a_strip_is_not_blown_up_whole() -> None:
    strip = Image.new("RGB", (30000, 1), "red")
    assert Preprocess(64, 64, **PLAIN)(strip)[0] == pytest.approx(1)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"size": 32}, Preprocess(32, 32)),
        (
            {"size": [24, 32], "resize_mode": "squash", "interpolation": "bilinear"},
            Preprocess(24, 32, "squash", "bilinear"),
        ),
        ({"size": 32, "interpolation": "random"}, Preprocess(32, 32)),
        (
            {"size": 16, "mean": [0, 0, 0], "std": [1, 1, 1], "resize_mode": None},
            Preprocess(16, 16, mean=(0, 0, 0), std=(1, 1, 1)),
        ),
    ],
)
def test_openclips_rules_are_read(config: dict[str, object], expected: Preprocess) -> None:
    assert Preprocess.from_openclip(config) == expected


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}},
            Preprocess(32, 32),
        ),
        ({"size": 32, "crop_size": 32}, Preprocess(32, 32)),
        ({"size": {"shortest_edge": 64}, "crop_size": 32}, Preprocess(32, 32, edge=64)),
        (
            {"size": {"height": 24, "width": 32}, "resample": 2, "image_mean": [0.5] * 3},
            Preprocess(24, 32, "squash", "bilinear", mean=(0.5,) * 3),
        ),
    ],
)
def test_the_rules_of_transformers_are_read(
    config: dict[str, object], expected: Preprocess
) -> None:
    assert Preprocess.from_transformers(config) == expected


@pytest.mark.parametrize(
    "rules",
    [
        Preprocess(24, 32, "squash", "bilinear"),
        Preprocess(32, 32, edge=40),
        Preprocess(8, 8, "longest"),
    ],
)
def test_rules_survive_being_written(rules: Preprocess) -> None:
    assert Preprocess.from_openclip(rules.to_openclip()) == rules


@pytest.mark.parametrize("config", [{}, {"size": None}])
def test_rules_without_a_size_are_refused(config: dict[str, object]) -> None:
    with pytest.raises(EncoderError, match="lacks 'size'"):
        Preprocess.from_openclip(config)
    with pytest.raises(EncoderError, match="lacks 'size'"):
        Preprocess.from_transformers(config)


def test_unknown_rules_are_refused() -> None:
    with pytest.raises(EncoderError, match="'stretch'"):
        Preprocess.from_openclip({"size": 32, "resize_mode": "stretch"})
    with pytest.raises(EncoderError, match="'sharp'"):
        Preprocess.from_openclip({"size": 32, "interpolation": "sharp"})
    with pytest.raises(EncoderError, match="only 'squash'"):
        Preprocess.from_openclip({"size": [32, 48]})


@pytest.mark.parametrize(
    ("mode", "size", "seen"),
    [
        ("squash", (300, 100), (0, 0, 1, 1)),
        ("shortest", (300, 100), (1 / 3, 0, 2 / 3, 1)),
        ("shortest", (100, 400), (0, 3 / 8, 1, 5 / 8)),
        ("longest", (300, 100), (0, -1, 1, 2)),
    ],
)
def test_the_part_of_a_picture_that_is_seen(
    mode: str, size: tuple[int, int], seen: tuple[float, ...]
) -> None:
    assert Preprocess(mode=mode).visible_box(*size) == pytest.approx(seen)


def test_less_is_seen_where_the_edge_is_cut() -> None:
    assert Preprocess(edge=256).visible_box(100, 100) == pytest.approx(
        (1 / 16, 1 / 16, 15 / 16, 15 / 16)
    )
