"""Rendering: the package ships what the program draws now, and can read it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firs import samples
from firs.samples import FOLDER, RECORDS_FILE, load_scenes
from tools.scenes import __main__ as command
from tools.scenes import draw_scene
from tools.scenes.render import COUNT, FIRST_SEED, render_scenes

FIRST_TRAINED_SEED = 1_000_000
"""That of ``training.scenes``, which imports PyTorch."""


def decibels(image: Image.Image, other: Image.Image) -> float:
    """Peak signal-to-noise ratio."""
    difference = np.asarray(image, dtype=float) - np.asarray(other, dtype=float)
    return float(10 * np.log10(255**2 / np.mean(difference**2)))


@pytest.mark.parametrize("number", [1, 77, COUNT])
def test_a_shipped_scene_is_what_is_drawn(number: int) -> None:
    [shipped] = load_scenes(1, first=number)
    drawn = draw_scene(FIRST_SEED + number - 1, size=None)
    assert shipped.captions == drawn.captions
    assert (shipped.place, shipped.time) == (drawn.place, drawn.time)
    assert shipped.weather == drawn.weather
    assert decibels(shipped.image, drawn.image) > 30  # JPEG loses something
    for one, other in zip(shipped.objects, drawn.objects, strict=True):
        assert (one.name, one.phrase) == (other.name, other.phrase)
        assert (one.mask != other.mask).mean() < 0.001  # Pillow's versions differ at edges


def test_shipped_scenes_were_not_trained_on() -> None:
    lines = (FOLDER / RECORDS_FILE).read_text(encoding="utf-8").splitlines()
    seeds = [json.loads(line)["seed"] for line in lines]
    assert seeds == list(range(FIRST_SEED, FIRST_SEED + COUNT))
    assert max(seeds) < FIRST_TRAINED_SEED


def test_the_command_writes_what_the_package_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scene-00099.jpg").write_bytes(b"of an earlier run")
    monkeypatch.setattr(command, "COUNT", 2)
    command.main(["render", "--out", str(tmp_path)])
    monkeypatch.setattr(samples, "FOLDER", tmp_path)
    monkeypatch.setattr(samples, "_read_records", samples._read_records.__wrapped__)
    assert [scene.captions for scene in load_scenes()] == [
        draw_scene(FIRST_SEED + number, size=None).captions for number in range(2)
    ]
    assert len(list(tmp_path.iterdir())) == 4


def test_rendering_again_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        render_scenes(tmp_path / name, [5, 6])
    first, second = (
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in "ab"
    )
    assert first == second
