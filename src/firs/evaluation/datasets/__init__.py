"""Data sets by name; each loader explains how to get its files if they are absent."""

from collections.abc import Callable
from pathlib import Path

from firs.evaluation.dataset import Dataset
from firs.registry import Registry

__all__ = ["DATASETS", "Loader", "load_dataset"]

Loader = Callable[[Path, str], Dataset]
"""Where its files lie and which split → the data set; an empty split means the usual one."""

DATASETS: Registry[Loader] = Registry(
    "data set",
    {
        "blend": "firs.evaluation.datasets.coco:blend",
        "coco": "firs.evaluation.datasets.coco:coco",
        "flickr30k": "firs.evaluation.datasets.flickr:flickr30k",
        "flickr8k": "firs.evaluation.datasets.flickr:flickr8k",
        "folder": "firs.evaluation.datasets.folder:folder",
        "generated": "firs.evaluation.datasets.vectors:generate",
        "hugging-face": "firs.evaluation.datasets.hugging_face:hugging_face",
        "samples": "firs.evaluation.datasets.folder:samples",
        "vectors": "firs.evaluation.datasets.vectors:vectors",
    },
)


def load_dataset(name: str, path: Path, split: str = "") -> Dataset:
    """Load the data set called ``name`` from the folder or file ``path``.

    Raises:
        InputError: there is no such data set or split, or its files are absent or not its own.
    """
    return DATASETS.load(name)(path, split)
