"""The sample scenes that come with QT-FIRS: always available, but illustrations, not photos."""

from pathlib import Path

from firs.errors import InputError
from firs.evaluation.dataset import Dataset, DatasetImage, build_dataset
from firs.samples import scene_files


def samples(path: Path, split: str = "") -> Dataset:
    """Load sample scenes with their captions.

    Args:
        path: not read.
        split: how many scenes, the first ones, such as ``100``; empty for all.

    Raises:
        InputError: ``split`` is no number, or there are not so many scenes.
    """
    del path
    if split and not split.isdecimal():
        raise InputError(f"The split of samples is a number of scenes, such as 100, not {split!r}.")
    files = scene_files(int(split) if split else None)
    images = [DatasetImage(each.path.name, each.captions, each.path) for each in files]
    return build_dataset(f"{len(files)} sample scenes", images)
