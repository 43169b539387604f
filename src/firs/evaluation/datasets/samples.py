"""The drawn scenes that come with QT-FIRS: always at hand, but drawings, not photos."""

from dataclasses import replace
from pathlib import Path

from firs import __version__
from firs.errors import InputError
from firs.evaluation.cache import cache_folder
from firs.evaluation.dataset import Dataset
from firs.evaluation.datasets.folder import folder
from firs.samples import write_samples

COUNT = 400


def samples(path: Path, split: str = "") -> Dataset:
    """So many scenes as ``split`` says, 400 by default, drawn once into the cache.

    Args:
        path: not read.
        split: such as ``1000``.

    Raises:
        InputError: ``split`` is no number from 1 on.
    """
    del path
    if split and not (split.isdecimal() and int(split)):
        raise InputError(f"Drawn scenes are counted, as in --split 1000, not {split!r}.")
    count = int(split or COUNT)
    home = cache_folder() / "laboratory" / f"samples-{count}-{__version__}"
    if not (home / "captions.tsv").is_file():
        write_samples(home, count)
    return replace(folder(home), name=f"{count:,} drawn scenes")
