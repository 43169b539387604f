"""Flickr8k (Hodosh, Young and Hockenmaier, JAIR 2013): its token file and splits."""

from pathlib import Path

from firs.errors import InputError
from firs.evaluation.dataset import Dataset, DatasetImage, build_dataset
from firs.evaluation.datasets.formats import (
    ALL,
    WHERE,
    Expected,
    as_described,
    check,
    find_file,
    find_pictures,
    in_split,
    read_karpathy,
    read_lines,
    read_tokens,
)

FLICKR8K_TOKENS = ("Flickr8k.token.txt", "captions.tsv", "captions.txt")
KARPATHY = "dataset_flickr8k.json"
DEV = ("Flickr_8k.devImages.txt", "dev.txt")
FLICKR8K_PICTURES = ("images", "Images", "Flicker8k_Dataset", "Flickr8k_Dataset")
FLICKR8K_HOW = f"It comes in Flickr8k_text.zip and Flickr8k_Dataset.zip; {WHERE}"

FLICKR8K_EXPECTED = {
    "train": Expected(6_000, "1000268201_693b08cb0e.jpg", "997338199_7343367d7f.jpg"),
    "dev": Expected(1_000, "1022454332_6af2c1449a.jpg", "989851184_9ef368e520.jpg"),
    "test": Expected(1_000),
}


def flickr8k(path: Path, split: str = "") -> Dataset:
    """Flickr8k from the folder ``path``; the usual split is ``dev``, of 1,000 images.

    Raises:
        InputError: a file is not there or not whole, or there is no such split.
    """
    split = split or "dev"
    source = find_file(path, [*FLICKR8K_TOKENS, KARPATHY], FLICKR8K_HOW)
    pictures = find_pictures(path, FLICKR8K_PICTURES)
    if source.suffix == ".json":
        karpathys = "val" if split == "dev" else split
        images = as_described(in_split(read_karpathy(source), karpathys, source), pictures)
    else:
        images = _flickr8k_by_tokens(source, pictures, split)
    dataset = build_dataset(f"Flickr8k {split}", images)
    return check(dataset, FLICKR8K_EXPECTED.get(split), source)


def _flickr8k_by_tokens(source: Path, pictures: Path | None, split: str) -> list[DatasetImage]:
    captions = read_tokens(source)
    names = list(captions) if split == ALL else _names(source.parent, split)
    without = [name for name in names if name not in captions]
    if without:
        raise InputError(
            f"{source} has no caption of {without[0]}, which is in the split {split} "
            f"({len(without)} such images); get the file again."
        )
    return [
        DatasetImage(name, captions[name], pictures / name if pictures else None) for name in names
    ]


def _names(folder: Path, split: str) -> list[str]:
    if split not in FLICKR8K_EXPECTED:
        raise InputError(
            f"Flickr8k has the splits {', '.join([*FLICKR8K_EXPECTED, ALL])}, not {split!r}."
        )
    return read_lines(
        find_file(folder, [f"Flickr_8k.{split}Images.txt", f"{split}.txt"], FLICKR8K_HOW)
    )


FILES = ("dataset_flickr30k.json", "flickr30k_31014.json", "results_20130124.token")
FLICKR30K_PICTURES = ("images", "flickr30k-images", "flickr30k_images")
FLICKR30K_HOW = f"{WHERE}; pictures and token file on request at https://shannon.cs.illinois.edu/DenotationGraph"

FLICKR30K_EXPECTED = {
    "test": Expected(1_000),
    "val": Expected(1_014),
    "train": Expected(29_000),
    ALL: Expected(31_014, "1000092795.jpg", "998845445.jpg"),
}
FLICKR30K_TOKENS = Expected(31_783, "1000092795.jpg", "998845445.jpg")


def flickr30k(path: Path, split: str = "") -> Dataset:
    """Flickr30k from the folder (or file) ``path``; the usual split is ``test``, of 1,000.

    Raises:
        InputError: no file is there, it is damaged or not whole, or there is no such split.
    """
    source = find_file(path, FILES, FLICKR30K_HOW)
    pictures = find_pictures(path, FLICKR30K_PICTURES)
    if source.suffix == ".token":
        return _flickr30k_by_tokens(source, pictures, split)
    split = split or "test"
    told = in_split(read_karpathy(source), split, source)
    dataset = build_dataset(f"Flickr30k {split}", as_described(told, pictures))
    return check(dataset, FLICKR30K_EXPECTED.get(split), source)


def _flickr30k_by_tokens(source: Path, pictures: Path | None, split: str) -> Dataset:
    if split not in ("", ALL):
        raise InputError(f"{source} has no split {split!r}, only {ALL!r}. {WHERE}")
    images = [
        DatasetImage(image, captions, pictures / image if pictures else None)
        for image, captions in read_tokens(source).items()
    ]
    return check(build_dataset("Flickr30k", images), FLICKR30K_TOKENS, source)
