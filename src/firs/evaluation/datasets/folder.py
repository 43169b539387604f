"""Any folder of pictures with a captions file: one's own photos as a data set."""

from pathlib import Path

from firs.errors import InputError
from firs.evaluation.dataset import Dataset, DatasetImage, build_dataset
from firs.evaluation.datasets.formats import find_file, read_lines
from firs.indexing.captions import CAPTION_FILES, Captions, read_captions
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
    captions = read_captions(source)
    pictures = _pictures(source.parent)
    _check_named(captions, pictures, source)
    names = _read_split(source.parent, split, pictures) if split else sorted(pictures)
    return build_dataset(
        source.resolve().parent.name,
        [DatasetImage(name, tuple(captions.get(name, ())), pictures[name]) for name in names],
    )


def _pictures(home: Path) -> dict[str, Path]:
    found = walk([home])
    root = home.resolve()
    return {Path(file.path).relative_to(root).as_posix(): Path(file.path) for file in found.files}


def _check_named(captions: Captions, pictures: dict[str, Path], source: Path) -> None:
    missing = [name for name in captions if name not in pictures]
    if missing:
        raise InputError(
            f"{source} has a caption of {missing[0]}, which is not in {source.parent} "
            f"({len(missing)} such names). Put the picture there, or take the line out."
        )


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
