"""Drawn scenes for training: pictures and captions from ``tools.scenes``.

    python -m training.scenes --work build/train --count 3000

Seeds from 1,000,000 on are for training; those of the sample scenes and of all figures are lower.
"""

import argparse
import json
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from tools.scenes import draw_scene
from training.data import Batch
from training.views import draw_views, render

FIRST_SEED = 1_000_000
SIZE = 176


class Scenes(Dataset[Batch]):
    """One caption per row with a random, nearly whole view, so that the caption stays true."""

    def __init__(self, work: Path, size: int) -> None:
        self._size = size
        self._pixels = np.load(work / "scenes.npy", mmap_mode="r")
        self._table: list[list[str]] = json.loads((work / "scenes.json").read_text())
        self.captions = [caption for five in self._table for caption in five]
        self._whole = draw_views(len(self._pixels), 1, 0)

    def __len__(self) -> int:
        return len(self.captions)

    def __getitem__(self, at: int) -> Batch:
        # Never mirrored: a caption may say left or right.
        row = self._whole[at // 5].copy()
        row["flip"] = False
        row["box"] = _nearly_whole()
        pixels = torch.from_numpy(render(row, self._pixels, self._size)).permute(2, 0, 1)
        return {
            "pixels": pixels,
            "caption": torch.tensor(at),
            "owner": torch.tensor(at // 5),
        }


def _nearly_whole() -> np.ndarray:
    margins = torch.rand(4).numpy() * 0.08
    return np.array([margins[0], margins[1], 1 - margins[2], 1 - margins[3]], np.float32)


def draw(seed: int) -> tuple[np.ndarray, list[str]]:
    """Return one scene as a square, as the encoder gets it, and its captions."""
    scene = draw_scene(seed)
    return np.array(scene.image.resize((SIZE, SIZE))), list(scene.captions)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()

    with Pool(options.workers) as pool:
        drawn = pool.map(draw, range(FIRST_SEED, FIRST_SEED + options.count), chunksize=20)
    np.save(options.work / "scenes.npy", np.stack([pixels for pixels, _ in drawn]))
    (options.work / "scenes.json").write_text(json.dumps([captions for _, captions in drawn]))


if __name__ == "__main__":
    main()
