"""MSCOCO captions (Lin et al., ECCV 2014): Karpathy's test split of 5,000, or an official file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from firs.errors import InputError
from firs.evaluation.dataset import Dataset, DatasetImage, build_dataset
from firs.evaluation.datasets.flickr import flickr30k
from firs.evaluation.datasets.formats import (
    WHERE,
    Expected,
    as_described,
    check,
    find_file,
    find_pictures,
    in_split,
    read_json,
    read_karpathy,
)

KARPATHY = ("dataset_coco.json", "coco_karpathy_test_5k.json")
OFFICIAL = ("captions_val2014.json", "captions_val2017.json", "captions_train2014.json")
HOW = f"{WHERE}; pictures (val2014) and official captions at https://cocodataset.org"

KARPATHY_EXPECTED = {
    "test": Expected(5_000, "COCO_val2014_000000000042.jpg", "COCO_val2014_000000581929.jpg"),
    "val": Expected(5_000),
    "train": Expected(82_783),
    "restval": Expected(30_504),
    "all": Expected(123_287),
}
OFFICIAL_EXPECTED = {
    "captions_val2014.json": Expected(40_504),
    "captions_val2017.json": Expected(5_000),
    "captions_train2014.json": Expected(82_783),
}


def coco(path: Path, split: str = "") -> Dataset:
    """MSCOCO from the folder (or file) ``path``; the usual split is Karpathy's ``test``.

    Pictures lie as unpacked: ``val2014/COCO_val2014_….jpg`` in the folder or in its ``images``.
    An official file has no splits and is taken whole.

    Raises:
        InputError: no file is there, it is damaged or not whole, or there is no such split.
    """
    source = find_file(path, [*KARPATHY, *OFFICIAL, *(f"annotations/{n}" for n in OFFICIAL)], HOW)
    if source.name in OFFICIAL_EXPECTED:
        return _official(source, path, split)
    split = split or "test"
    told = in_split(read_karpathy(source), split, source)
    home = find_pictures(path, [str(told[0].path.parent), f"images/{told[0].path.parent}"])
    pictures = home.parent if home else None
    dataset = build_dataset(f"MSCOCO {split}", as_described(told, pictures))
    return check(dataset, KARPATHY_EXPECTED.get(split), source)


def _official(source: Path, path: Path, split: str) -> Dataset:
    if split:
        raise InputError(f"{source} has no split {split!r}; leave --split out. {WHERE}")
    content = read_json(source)
    try:
        names = {image["id"]: str(image["file_name"]) for image in content["images"]}
        captions = _by_image(content["annotations"], names, source)
    except (KeyError, TypeError) as error:
        raise InputError(f"{source} has not the form of official captions: {error!r}.") from error
    year = source.stem.removeprefix("captions_")
    pictures = find_pictures(path, [year, f"images/{year}", f"../{year}"])
    images = [
        DatasetImage(name, tuple(captions[key]), pictures / name if pictures else None)
        for key, name in names.items()
    ]
    return check(build_dataset(f"MSCOCO {year}", images), OFFICIAL_EXPECTED[source.name], source)


def _by_image(annotations: Any, names: dict[int, str], source: Path) -> dict[int, list[str]]:
    captions: dict[int, list[str]] = {key: [] for key in names}
    for annotation in annotations:
        if annotation["image_id"] not in captions:
            raise InputError(
                f"{source} has a caption of image {annotation['image_id']}, which is not among "
                f"its images; get the file again."
            )
        captions[annotation["image_id"]].append(str(annotation["caption"]).strip())
    return captions


EXPECTED = Expected(36_014, "coco/COCO_val2014_000000000042.jpg", "flickr30k/998845445.jpg")


def blend(path: Path, split: str = "") -> Dataset:
    """Both from the folder ``path``, or from its folders ``flickr30k`` and ``coco``.

    Raises:
        InputError: a file is missing or incomplete, or a split is requested.
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
