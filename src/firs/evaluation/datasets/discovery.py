"""Which data sets a folder contains, so that a suite can run on the available ones."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

from firs.errors import InputError
from firs.evaluation.datasets import coco, flickr
from firs.evaluation.datasets.vectors import KEYS
from firs.evaluation.experiment import Data
from firs.indexing.captions import CAPTION_FILES


def data_at_hand(path: Path) -> list[Data]:
    """The data sets that can be searched in ``path``: a file of vectors, or a folder.

    A folder is looked into, and the folders in it. Captions without pictures are left out, and
    so are files of vectors of another form. Flickr30k and MSCOCO side by side are the blend.

    Raises:
        InputError: nothing is there that can be searched.
    """
    found = [Data("vectors", file) for file in _vector_files(path)]
    for home in _folders(path):
        found += _pictures(home)
    found = _add_blend(path, found)
    if not found:
        raise InputError(
            f"There is no data set in {path} that can be searched: no pictures with captions, "
            f"and no file of vectors. docs/evaluation.md tells what each data set needs."
        )
    return found


def _folders(path: Path) -> list[Path]:
    if not path.is_dir():
        return []
    return [path, *sorted(each for each in path.iterdir() if each.is_dir())]


def _vector_files(path: Path) -> list[Path]:
    files = [file for home in _folders(path) for file in sorted(home.glob("*.npz"))]
    return [file for file in [path, *files] if _has_keys(file)]


def _has_keys(file: Path) -> bool:
    if file.suffix != ".npz" or not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return {f"{key}.npy" for key in KEYS} <= set(archive.namelist())


def _pictures(home: Path) -> list[Data]:
    """The first reading of a folder for which its captions and its pictures are there."""
    if _has(home, flickr.FLICKR8K_TOKENS, flickr.FLICKR8K_PICTURES) and _has(home, flickr.DEV):
        return [Data("flickr8k", home, "dev")]
    if _has(home, flickr.FILES, flickr.FLICKR30K_PICTURES):
        return [Data("flickr30k", home)]
    if _has(home, coco.KARPATHY, ("val2014", "images/val2014")):
        return [Data("coco", home)]
    return [Data("folder", home)] if _has(home, sorted(CAPTION_FILES)) else []


def _has(home: Path, *alternatives: Sequence[str]) -> bool:
    return all(any((home / name).exists() for name in names) for names in alternatives)


def _add_blend(path: Path, found: list[Data]) -> list[Data]:
    halves = [data for data in found if data.name in ("flickr30k", "coco")]
    if {data.path for data in halves} != {path / "flickr30k", path / "coco"}:
        return found
    return [Data("blend", path), *(data for data in found if data not in halves)]
