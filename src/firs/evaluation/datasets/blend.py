"""The paper's blend: all of Flickr30k and the test split of MSCOCO, 36,014 images."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from firs.errors import InputError
from firs.evaluation.dataset import Dataset
from firs.evaluation.datasets.checks import Expected, check
from firs.evaluation.datasets.coco import coco
from firs.evaluation.datasets.flickr30k import flickr30k

EXPECTED = Expected(36_014, "coco/COCO_val2014_000000000042.jpg", "flickr30k/998845445.jpg")


def blend(path: Path, split: str = "") -> Dataset:
    """Both from the folder ``path``, or from its folders ``flickr30k`` and ``coco``.

    Raises:
        InputError: a file is not there or not whole, or a split is asked for.
    """
    if split:
        raise InputError(f"The blend has no split {split!r}; leave --split out.")
    halves = {
        "flickr30k": flickr30k(_home(path, "flickr30k"), "all"),
        "coco": coco(_home(path, "coco"), "test"),
    }
    return check(_blend(halves), EXPECTED, path)


def _home(path: Path, name: str) -> Path:
    return path / name if (path / name).is_dir() else path


def _blend(halves: dict[str, Dataset]) -> Dataset:
    first, second = halves.values()
    whole = Dataset(
        name="Flickr30k + MSCOCO",
        image_ids=tuple(
            f"{name}/{each}" for name, half in halves.items() for each in half.image_ids
        ),
        captions=first.captions + second.captions,
        owners=np.concatenate([first.owners, second.owners + len(first.image_ids)]),
        sources=tuple(name for name, half in halves.items() for _ in half.image_ids),
    )
    both = bool(first.files and second.files)
    return replace(whole, files=first.files + second.files) if both else whole
