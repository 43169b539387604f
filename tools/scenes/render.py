"""Render the scenes that the package ships, in the format that ``firs.samples`` reads."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firs.samples import MASKS_FILE, RECORDS_FILE, Scene
from tools.scenes.scene import draw_scene

FIRST_SEED = 30_000
"""Apart from the seeds that ``mini`` was trained on (1,000,000 on), that benchmarks draw (0 to 499,
10,000 on), and that parameters were chosen on (0 to 119)."""

COUNT = 240
QUALITY = 75


def render_scenes(folder: Path, seeds: Iterable[int]) -> None:
    """Draw a scene per seed and write images, captions and masks.

    The same seeds give the same files, as long as Pillow and its codecs are the same.

    Args:
        folder: created if it does not exist; the scenes in it are replaced.
        seeds: one per scene, in the order of the file names.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("scene-*.jpg"):
        stale.unlink()
    lines, masks = [], {}
    for number, seed in enumerate(seeds, 1):
        name = f"scene-{number:05d}"
        scene = draw_scene(seed, size=None)
        scene.image.save(folder / f"{name}.jpg", quality=QUALITY, optimize=True)
        masks[name] = label_objects(scene)
        lines.append(json.dumps(describe_scene(f"{name}.jpg", seed, scene)) + "\n")
    (folder / RECORDS_FILE).write_text("".join(lines), encoding="utf-8")
    np.savez_compressed(folder / MASKS_FILE, allow_pickle=False, **masks)


def label_objects(scene: Scene) -> NDArray[np.uint8]:
    """Number the objects from 1 in a map of the pixels where each is visible.

    Returns:
        uint8 ``(height, width)``, 0 where there is no object.
    """
    labels = np.zeros((scene.image.height, scene.image.width), dtype=np.uint8)
    for label, each in enumerate(scene.objects, 1):
        labels[each.mask] = label
    return labels


def describe_scene(image: str, seed: int, scene: Scene) -> dict[str, Any]:
    """Return what ``captions.jsonl`` says about a scene."""
    return {
        "image": image,
        "seed": seed,
        "place": scene.place,
        "time": scene.time,
        "weather": scene.weather,
        "captions": scene.captions,
        "objects": [{"name": each.name, "phrase": each.phrase} for each in scene.objects],
    }
