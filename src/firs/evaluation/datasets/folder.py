"""Folders: one's own photos with captions, the sample scenes, and which data sets a folder has."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

from firs.errors import InputError
from firs.evaluation.datasets import Dataset, DatasetImage, build_dataset, published
from firs.evaluation.datasets.formats import find_file, read_lines
from firs.evaluation.datasets.vectors import KEYS
from firs.evaluation.experiment import Data
from firs.indexing.captions import CAPTION_FILES, read_captions
from firs.indexing.walk import walk
from firs.samples import scene_files

HOW = (
    "Write one with the columns image and caption, such as captions.tsv "
    "(image<TAB>caption, with that header row)."
)


def folder(path: Path, split: str = "") -> Dataset:
    """Load all pictures below the folder ``path``; those in its captions file are query targets.

    Args:
        path: the folder, or the captions file in it (TSV, CSV, JSON or JSON lines).
        split: with it only the pictures listed in ``<split>.txt`` next to the captions file.

    Raises:
        InputError: there is no captions file or it is malformed, a caption's picture is missing,
            or there is no such split.
    """
    source = find_file(path, sorted(CAPTION_FILES), HOW)
    home, captions = source.parent.resolve(), read_captions(source)
    files = [Path(file.path) for file in walk([source.parent]).files]
    pictures = {file.relative_to(home).as_posix(): file for file in files}
    missing = [name for name in captions if name not in pictures]
    if missing:
        raise InputError(
            f"{source} has a caption of {missing[0]}, which is not in {source.parent} "
            f"({len(missing)} such names). Put the picture there, or take the line out."
        )
    names = _read_split(source.parent, split, pictures) if split else sorted(pictures)
    images = [DatasetImage(name, tuple(captions.get(name, ())), pictures[name]) for name in names]
    return build_dataset(home.name, images)


def _read_split(home: Path, split: str, pictures: dict[str, Path]) -> list[str]:
    listing = find_file(home, [f"{split}.txt"], "List the split's pictures in it, one a line.")
    names = read_lines(listing)
    missing = [name for name in names if name not in pictures]
    if missing:
        raise InputError(f"{listing} lists {missing[0]}, which is not in {home}.")
    return names


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


def find_datasets(path: Path) -> list[Data]:
    """Return the data sets that can be searched in ``path``: a file of vectors, or a folder.

    A folder is searched with the folders in it. Captions without pictures are left out, and
    so are files of vectors of another form. Flickr30k and MSCOCO next to each other are the blend.

    Raises:
        InputError: there is no data set that can be searched.
    """
    folders = [path, *sorted(path.iterdir())] if path.is_dir() else []
    folders = [each for each in folders if each.is_dir()]
    files = [path, *(file for each in folders for file in sorted(each.glob("*.npz")))]
    found = [Data("vectors", file) for file in files if _has_vectors(file)]
    found += [data for each in folders for data in _find_captioned(each)]
    halves = [data for data in found if data.name in ("flickr30k", "coco")]
    if {data.path for data in halves} == {path / "flickr30k", path / "coco"}:
        found = [Data("blend", path), *(data for data in found if data not in halves)]
    if not found:
        raise InputError(
            f"There is no data set in {path} that can be searched: no pictures with captions, "
            f"and no file of vectors. docs/evaluation.md describes what each data set needs."
        )
    return found


def _has_vectors(file: Path) -> bool:
    if file.suffix != ".npz" or not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as archive:
        return {f"{key}.npy" for key in KEYS} <= set(archive.namelist())


def _find_captioned(home: Path) -> list[Data]:
    """Return the first data set with both captions and pictures in a folder, if there is one."""

    def has(*alternatives: Sequence[str]) -> bool:
        return all(any((home / name).exists() for name in names) for names in alternatives)

    if has(published.FLICKR8K_TOKENS, published.FLICKR8K_PICTURES, published.FLICKR8K_DEV):
        return [Data("flickr8k", home, "dev")]
    if has(published.FLICKR30K_FILES, published.FLICKR30K_PICTURES):
        return [Data("flickr30k", home)]
    if has(published.COCO_KARPATHY, published.COCO_PICTURES):
        return [Data("coco", home)]
    return [Data("folder", home)] if has(sorted(CAPTION_FILES)) else []
