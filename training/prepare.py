"""Step 1: decode the photos once and run the teacher on many views of each.

    python -m training.prepare --data ../shared/data --work build/train

Writes to the work folder: ``photos.npy`` (uint8 pixels of the train split), ``views.npy``
(recipes, see :mod:`training.views`), and the teacher's outputs for every view:
``cells.npy`` (uint8, 7x7x320, the last bottleneck), ``middle.npy`` (uint8, 14x14x96) and
``pooled.npy`` (uint8, 1280, the average-pooled feature). The quantisation of each is in
``teacher.json``. The teacher's weights are only used in this step.
"""

import argparse
import json
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from PIL import Image

from training.views import draw_views, render

TEACHER_SIZE = 224
OUTPUTS = {"cells": (7, 7, 320), "middle": (14, 14, 96), "pooled": (1280,)}
MARKS = {
    "cells": "expanded_conv_16/project/add_fold",
    "middle": "expanded_conv_12/add",
    "pooled": "Logits/AvgPool",
}


class Teacher:
    """MobileNetV2 (uint8) with its inner tensors readable."""

    def __init__(self, model: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._run = Interpreter(str(model), num_threads=1, experimental_preserve_all_tensors=True)
        self._run.allocate_tensors()
        self._input = self._run.get_input_details()[0]["index"]
        self._tensors = {}
        self.quantisation = {}
        for detail in self._run.get_tensor_details():
            for name, mark in MARKS.items():
                shape = tuple(int(n) for n in detail["shape"])
                if mark in detail["name"] and shape[-len(OUTPUTS[name]) :] == OUTPUTS[name]:
                    self._tensors[name] = detail["index"]
                    scale, zero = detail["quantization"]
                    self.quantisation[name] = {"scale": float(scale), "zero": int(zero)}
        if missing := set(OUTPUTS) - set(self._tensors):
            raise ValueError(f"the teacher has no tensor for {sorted(missing)}")

    def run(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        """uint8 ``(224, 224, 3)`` → the teacher's raw uint8 tensors by name."""
        self._run.set_tensor(self._input, picture[None])
        self._run.invoke()
        return {
            name: self._run.get_tensor(index).reshape(OUTPUTS[name])
            for name, index in self._tensors.items()
        }


def decode_photos(folder: Path, names: list[str]) -> np.ndarray:
    """uint8 ``(n, 224, 224, 3)`` in the order of ``names``."""
    photos = np.empty((len(names), TEACHER_SIZE, TEACHER_SIZE, 3), np.uint8)
    for row, name in enumerate(names):
        with Image.open(folder / name) as picture:
            photos[row] = picture.convert("RGB").resize((TEACHER_SIZE, TEACHER_SIZE))
    return photos


def run_teacher(model: Path, photos: Path, views: Path, out: Path, workers: int) -> None:
    """Run the teacher on every view and write its outputs next to the views."""
    count = len(np.load(views, mmap_mode="r"))
    for name, shape in OUTPUTS.items():
        np.lib.format.open_memmap(out / f"{name}.npy", "w+", np.uint8, (count, *shape)).flush()
    spans = np.array_split(np.arange(count), workers)
    jobs = [(model, photos, views, out, int(s[0]), int(s[-1]) + 1) for s in spans if len(s)]
    with Pool(workers) as pool:
        pool.starmap(_run_span, jobs)
    (out / "teacher.json").write_text(json.dumps(Teacher(model).quantisation, indent=2))


def _run_span(model: Path, photos: Path, views: Path, out: Path, start: int, stop: int) -> None:
    teacher = Teacher(model)
    pixels = np.load(photos, mmap_mode="r")
    rows = np.load(views, mmap_mode="r")
    files = {name: np.load(out / f"{name}.npy", mmap_mode="r+") for name in OUTPUTS}
    for at in range(start, stop):
        for name, output in teacher.run(render(rows[at], pixels, TEACHER_SIZE)).items():
            files[name][at] = output


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the shared data folder")
    parser.add_argument("--work", type=Path, required=True, help="the folder for the outputs")
    parser.add_argument("--views", type=int, default=20, help="views per photo")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    options.work.mkdir(parents=True, exist_ok=True)
    flickr = options.data / "flickr8k"
    names = (flickr / "train.txt").read_text().split()
    photos = decode_photos(flickr / "images", names)
    np.save(options.work / "photos.npy", photos)
    np.save(options.work / "views.npy", draw_views(len(photos), options.views, options.seed))
    run_teacher(
        options.data / "teacher" / "mobilenet_v2_1.0_224_quant.tflite",
        options.work / "photos.npy",
        options.work / "views.npy",
        options.work,
        options.workers,
    )


if __name__ == "__main__":
    main()
