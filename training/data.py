"""Batches of views with the teacher's outputs for them."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from training.views import render

Batch = dict[str, Tensor]


class TaughtViews(Dataset[Batch]):
    """Every view of the work folder: the student's pixels and the teacher's raw tensors."""

    def __init__(self, work: Path, size: int) -> None:
        self._work, self._size = work, size
        self._rows = np.load(work / "views.npy")
        self._open: dict[str, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def _file(self, name: str) -> np.ndarray:
        # Opened in the worker that reads it: a map must not cross a fork.
        if name not in self._open:
            self._open[name] = np.load(self._work / f"{name}.npy", mmap_mode="r")
        return self._open[name]

    def __getitem__(self, at: int) -> Batch:
        pixels = render(self._rows[at], self._file("photos"), self._size)
        batch = {"pixels": torch.from_numpy(pixels).permute(2, 0, 1)}
        for name in ("cells", "middle", "pooled"):
            batch[name] = torch.from_numpy(self._file(name)[at].copy())
        return batch


def endless(views: Dataset[Batch], batch_size: int, seed: int, workers: int = 1) -> Iterator[Batch]:
    """Shuffled batches without end, the last partial one of each pass left out."""
    generator = torch.Generator().manual_seed(seed)
    loader = DataLoader(
        views,
        batch_size,
        shuffle=True,
        drop_last=True,
        num_workers=workers,
        generator=generator,
        prefetch_factor=4 if workers else None,
        persistent_workers=workers > 0,
    )
    while True:
        yield from loader


class Standard:
    """The teacher's raw tensors → zero mean and unit variance, channel by channel."""

    def __init__(self, work: Path, sample: int = 4000) -> None:
        self._moments = {}
        scales = json.loads((work / "teacher.json").read_text())
        for name in ("cells", "middle", "pooled"):
            raw = np.load(work / f"{name}.npy", mmap_mode="r")
            rows = np.linspace(0, len(raw) - 1, min(sample, len(raw))).astype(int)
            flat = raw[rows].astype(np.float32).reshape(-1, raw.shape[-1])
            mean, spread = flat.mean(0), flat.std(0) + 1e-3
            self._moments[name] = torch.from_numpy(mean), torch.from_numpy(spread)
        self.pooled_scale = scales["pooled"]["scale"]

    def __call__(self, name: str, raw: Tensor) -> Tensor:
        """uint8 ``(n, …, channels)`` → float, the same shape."""
        mean, spread = self._moments[name]
        return (raw.float() - mean) / spread
