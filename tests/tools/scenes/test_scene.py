"""Scenes: the same everywhere, varied over seeds, with masks of what is visible."""

import hashlib
import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from firs.errors import InputError
from firs.samples import Scene
from tools.scenes import draw_scene
from tools.scenes.scene import WORTH_NAMING

SEEDS = range(60)


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [draw_scene(seed) for seed in SEEDS]


def digest(scene: Scene) -> str:
    parts = [scene.image.tobytes(), repr(scene.captions).encode()]
    parts += [one.mask.tobytes() + one.phrase.encode() for one in scene.objects]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def test_a_scene_is_as_described(scenes: list[Scene]) -> None:
    for scene in scenes:
        assert scene.image.mode == "RGB"
        assert scene.image.size == (480, 360)
        assert len(scene.captions) == 5
        assert scene.objects
        assert all(one.mask.shape == (360, 480) for one in scene.objects)
        assert scene.time in {"day", "dawn", "sunset", "night"}


def test_another_process_draws_the_same_scene() -> None:
    program = (
        "from tests.tools.scenes.test_scene import digest\n"
        "from tools.scenes import draw_scene\n"
        "import sys; sys.stdout.write(digest(draw_scene(23, None)))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout == digest(draw_scene(23, None))


def test_different_seeds_draw_different_scenes(scenes: list[Scene]) -> None:
    assert len({scene.image.tobytes() for scene in scenes}) == len(scenes)
    assert len({scene.place for scene in scenes}) >= 15
    assert len({scene.weather for scene in scenes}) >= 5
    assert len({one.name for scene in scenes for one in scene.objects}) >= 35


def test_masks_are_disjoint_because_what_is_hidden_is_not_seen(scenes: list[Scene]) -> None:
    for scene in scenes:
        together = sum(one.mask.astype(int) for one in scene.objects)
        assert np.max(together) == 1


def test_what_is_named_is_large_enough_to_see(scenes: list[Scene]) -> None:
    for scene in scenes:
        assert all(one.mask.mean() >= WORTH_NAMING for one in scene.objects)


def test_a_mask_is_where_the_colour_is(scenes: list[Scene]) -> None:
    colours = {"red": 0, "green": 1, "blue": 2}
    checked = 0
    for scene in scenes:
        if scene.time not in {"day"} or scene.weather not in {"sunny", "cloudy"}:
            continue
        pixels = np.asarray(scene.image).astype(float)
        for one in scene.objects:
            named = one.phrase.split()[1]
            if named in colours and one.name in {"car", "tent", "barn", "sofa", "tractor", "ball"}:
                mean = pixels[one.mask].mean(axis=0)
                assert mean.argmax() == colours[named], one.phrase
                checked += 1
    assert checked >= 3


def test_without_a_size_the_shape_varies_and_repeats() -> None:
    shapes = Counter(draw_scene(seed, None).image.size for seed in range(16))
    assert set(shapes) == {(480, 360), (480, 320), (360, 480), (400, 400)}


@pytest.mark.parametrize("size", [(64, 400), (1000, 300)])
def test_any_size_within_the_limits_can_be_drawn(size: tuple[int, int]) -> None:
    scene = draw_scene(3, size)
    assert scene.image.size == size
    assert all(one.mask.shape == size[::-1] for one in scene.objects)


@pytest.mark.parametrize("size", [(63, 64), (64, 2049)])
def test_a_size_outside_the_limits_is_an_error(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="Choose sides from 64 to 2048"):
        draw_scene(1, size)
