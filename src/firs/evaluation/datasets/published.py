"""Published data sets of captioned photos: Flickr8k, Flickr30k, MSCOCO, and the paper's blend.

Flickr8k: Hodosh, Young and Hockenmaier, JAIR 2013. Flickr30k: Young et al., TACL 2014. MSCOCO: Lin
et al., ECCV 2014; Karpathy's test split of 5,000, or an official file.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from firs.errors import InputError
from firs.evaluation.datasets import Dataset, DatasetImage
from firs.evaluation.datasets.formats import (
    ALL,
    KARPATHY_SOURCE,
    Expected,
    build_captioned,
    check,
    find_file,
    find_pictures,
    read_json,
    read_karpathy,
    read_lines,
    read_tokens,
)

FLICKR8K_TOKENS = ("Flickr8k.token.txt", "captions.tsv", "captions.txt")
FLICKR8K_KARPATHY = "dataset_flickr8k.json"
FLICKR8K_DEV = ("Flickr_8k.devImages.txt", "dev.txt")
FLICKR8K_PICTURES = ("images", "Images", "Flicker8k_Dataset", "Flickr8k_Dataset")
FLICKR8K_HOW = f"It comes in Flickr8k_text.zip and Flickr8k_Dataset.zip; {KARPATHY_SOURCE}"
FLICKR8K_EXPECTED = {
    "train": Expected(6_000, "1000268201_693b08cb0e.jpg", "997338199_7343367d7f.jpg"),
    "dev": Expected(1_000, "1022454332_6af2c1449a.jpg", "989851184_9ef368e520.jpg"),
    "test": Expected(1_000),
}

FLICKR30K_FILES = ("dataset_flickr30k.json", "flickr30k_31014.json", "results_20130124.token")
FLICKR30K_PICTURES = ("images", "flickr30k-images", "flickr30k_images")
FLICKR30K_HOW = (
    f"{KARPATHY_SOURCE}; pictures and token file on request at "
    f"https://shannon.cs.illinois.edu/DenotationGraph"
)
FLICKR30K_EXPECTED = {
    "test": Expected(1_000),
    "val": Expected(1_014),
    "train": Expected(29_000),
    ALL: Expected(31_014, "1000092795.jpg", "998845445.jpg"),
}
FLICKR30K_TOKENS = Expected(31_783, "1000092795.jpg", "998845445.jpg")

COCO_KARPATHY = ("dataset_coco.json", "coco_karpathy_test_5k.json")
COCO_OFFICIAL = {
    "captions_val2014.json": Expected(40_504),
    "captions_val2017.json": Expected(5_000),
    "captions_train2014.json": Expected(82_783),
}
COCO_PICTURES = ("val2014", "images/val2014")
COCO_HOW = f"{KARPATHY_SOURCE}; pictures (val2014) and official captions at https://cocodataset.org"
COCO_EXPECTED = {
    "test": Expected(5_000, "COCO_val2014_000000000042.jpg", "COCO_val2014_000000581929.jpg"),
    "val": Expected(5_000),
    "train": Expected(82_783),
    "restval": Expected(30_504),
    "all": Expected(123_287),
}

BLEND_EXPECTED = Expected(36_014, "coco/COCO_val2014_000000000042.jpg", "flickr30k/998845445.jpg")


def flickr8k(path: Path, split: str = "") -> Dataset:
    """Load Flickr8k from the folder ``path``; the default split is ``dev``, of 1,000 images.

    Raises:
        InputError: a file is not there or not whole, or there is no such split.
    """
    split = split or "dev"
    source = find_file(path, [*FLICKR8K_TOKENS, FLICKR8K_KARPATHY], FLICKR8K_HOW)
    if source.suffix == ".json":
        images = read_karpathy(source, "val" if split == "dev" else split)
    else:
        images = _flickr8k_by_tokens(source, split)
    pictures, expected = find_pictures(path, FLICKR8K_PICTURES), FLICKR8K_EXPECTED.get(split)
    return build_captioned(f"Flickr8k {split}", images, pictures, expected, source)


def _flickr8k_by_tokens(source: Path, split: str) -> list[DatasetImage]:
    if split not in (*FLICKR8K_EXPECTED, ALL):
        raise InputError(
            f"Flickr8k has the splits {', '.join([*FLICKR8K_EXPECTED, ALL])}, not {split!r}."
        )
    captions = read_tokens(source)
    if split == ALL:
        return _images(captions)
    files = [f"Flickr_8k.{split}Images.txt", f"{split}.txt"]
    names = read_lines(find_file(source.parent, files, FLICKR8K_HOW))
    missing = [name for name in names if name not in captions]
    if missing:
        raise InputError(
            f"{source} has no caption of {missing[0]}, which is in the split {split} "
            f"({len(missing)} such images); get the file again."
        )
    return _images({name: captions[name] for name in names})


def _images(captions: dict[str, tuple[str, ...]]) -> list[DatasetImage]:
    return [DatasetImage(name, listed, Path(name)) for name, listed in captions.items()]


def flickr30k(path: Path, split: str = "") -> Dataset:
    """Load Flickr30k from the folder (or file) ``path``; the default split is ``test``, of 1,000.

    Raises:
        InputError: no file is there, it is damaged or not whole, or there is no such split.
    """
    source = find_file(path, FLICKR30K_FILES, FLICKR30K_HOW)
    pictures = find_pictures(path, FLICKR30K_PICTURES)
    if source.suffix != ".token":
        split = split or "test"
        expected = FLICKR30K_EXPECTED.get(split)
        images = read_karpathy(source, split)
        return build_captioned(f"Flickr30k {split}", images, pictures, expected, source)
    if split not in ("", ALL):
        raise InputError(f"{source} has no split {split!r}, only {ALL!r}. {KARPATHY_SOURCE}")
    images = _images(read_tokens(source))
    return build_captioned("Flickr30k", images, pictures, FLICKR30K_TOKENS, source)


def coco(path: Path, split: str = "") -> Dataset:
    """Load MSCOCO from the folder (or file) ``path``; the default split is Karpathy's ``test``.

    Pictures are where they are unpacked: ``val2014/COCO_val2014_….jpg`` in the folder or in its
    ``images``. An official file has no splits and is read whole.

    Raises:
        InputError: no file is there, it is damaged or not whole, or there is no such split.
    """
    official = [*COCO_OFFICIAL, *(f"annotations/{name}" for name in COCO_OFFICIAL)]
    source = find_file(path, [*COCO_KARPATHY, *official], COCO_HOW)
    if source.name in COCO_OFFICIAL:
        return _official_coco(source, path, split)
    split = split or "test"
    images = read_karpathy(source, split)
    folder = images[0].file.parent if images[0].file else Path()
    home = find_pictures(path, [str(folder), f"images/{folder}"])
    pictures, expected = home.parent if home else None, COCO_EXPECTED.get(split)
    return build_captioned(f"MSCOCO {split}", images, pictures, expected, source)


def _official_coco(source: Path, path: Path, split: str) -> Dataset:
    if split:
        raise InputError(f"{source} has no split {split!r}; leave --split out. {KARPATHY_SOURCE}")
    content = read_json(source)
    try:
        names = {image["id"]: str(image["file_name"]) for image in content["images"]}
        captions = _captions_by_id(content["annotations"], names, source)
    except (KeyError, TypeError) as error:
        raise InputError(f"{source} has not the form of official captions: {error!r}.") from error
    year = source.stem.removeprefix("captions_")
    pictures = find_pictures(path, [year, f"images/{year}", f"../{year}"])
    images = [DatasetImage(name, tuple(captions[id_]), Path(name)) for id_, name in names.items()]
    return build_captioned(f"MSCOCO {year}", images, pictures, COCO_OFFICIAL[source.name], source)


def _captions_by_id(
    annotations: Sequence[Any], names: dict[int, str], source: Path
) -> dict[int, list[str]]:
    captions: dict[int, list[str]] = {id_: [] for id_ in names}
    for annotation in annotations:
        if annotation["image_id"] not in captions:
            raise InputError(
                f"{source} has a caption of image {annotation['image_id']}, which is not among "
                f"its images; get the file again."
            )
        captions[annotation["image_id"]].append(str(annotation["caption"]).strip())
    return captions


def blend(path: Path, split: str = "") -> Dataset:
    """Load both from the folder ``path``, or from its folders ``flickr30k`` and ``coco``.

    Raises:
        InputError: a file is missing or incomplete, or a split is requested.
    """
    if split:
        raise InputError(f"The blend has no split {split!r}; leave --split out.")
    first, second = flickr30k(_home(path, "flickr30k"), ALL), coco(_home(path, "coco"), "test")
    parts = {"flickr30k": first, "coco": second}
    has_files = bool(first.files and second.files)
    dataset = Dataset(
        name="Flickr30k + MSCOCO",
        image_ids=tuple(f"{name}/{id_}" for name, part in parts.items() for id_ in part.image_ids),
        captions=first.captions + second.captions,
        owners=np.concatenate([first.owners, second.owners + len(first.image_ids)]),
        files=first.files + second.files if has_files else (),
        sources=tuple(name for name, part in parts.items() for _ in part.image_ids),
    )
    return check(dataset, BLEND_EXPECTED, path)


def _home(path: Path, name: str) -> Path:
    return path / name if (path / name).is_dir() else path
