"""The drawn scenes that come with QT-FIRS: always at hand, but drawings, not photos."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from firs import __version__
from firs.caching import cache_folder
from firs.errors import InputError
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
    home = ensure_scenes(split)
    return replace(folder(home), name=f"{_count(split):,} drawn scenes")


def ensure_scenes(split: str, progress: Callable[[int, int], None] | None = None) -> Path:
    """The folder of the scenes, drawn if they are not there.

    Args:
        split: as for ``samples``.
        progress: told how many are drawn, and of how many.

    Raises:
        InputError: ``split`` is no number from 1 on.
    """
    count = _count(split)
    home = cache_folder() / "laboratory" / f"samples-{count}-{__version__}"
    if not (home / "captions.tsv").is_file():
        write_samples(home, count, progress=progress and (lambda done: progress(done, count)))
    return home


def _count(split: str) -> int:
    if split and not (split.isdecimal() and int(split)):
        raise InputError(f"Drawn scenes are counted, as in --split 1000, not {split!r}.")
    return int(split or COUNT)
