"""Flickr30k (Young et al., TACL 2014): Karpathy's 31,014 images, or the token file's 31,783."""

from pathlib import Path

from firs.errors import InputError
from firs.evaluation.dataset import Dataset, DatasetImage, build_dataset
from firs.evaluation.datasets.checks import Expected, check, find_file, find_pictures
from firs.evaluation.datasets.karpathy import ALL, WHERE, as_described, in_split, read_karpathy
from firs.evaluation.datasets.token_file import read_tokens

FILES = ("dataset_flickr30k.json", "flickr30k_31014.json", "results_20130124.token")
PICTURES = ("images", "flickr30k-images", "flickr30k_images")
HOW = f"{WHERE}; pictures and token file on request at https://shannon.cs.illinois.edu/DenotationGraph"

EXPECTED = {
    "test": Expected(1_000),
    "val": Expected(1_014),
    "train": Expected(29_000),
    ALL: Expected(31_014, "1000092795.jpg", "998845445.jpg"),
}
TOKENS = Expected(31_783, "1000092795.jpg", "998845445.jpg")


def flickr30k(path: Path, split: str = "") -> Dataset:
    """Flickr30k from the folder (or file) ``path``; the usual split is ``test``, of 1,000.

    Raises:
        InputError: no file is there, it is damaged or not whole, or there is no such split.
    """
    source = find_file(path, FILES, HOW)
    pictures = find_pictures(path, PICTURES)
    if source.suffix == ".token":
        return _by_tokens(source, pictures, split)
    split = split or "test"
    told = in_split(read_karpathy(source), split, source)
    dataset = build_dataset(f"Flickr30k {split}", as_described(told, pictures))
    return check(dataset, EXPECTED.get(split), source)


def _by_tokens(source: Path, pictures: Path | None, split: str) -> Dataset:
    if split not in ("", ALL):
        raise InputError(f"{source} has no split {split!r}, only {ALL!r}. {WHERE}")
    images = [
        DatasetImage(image, captions, pictures / image if pictures else None)
        for image, captions in read_tokens(source).items()
    ]
    return check(build_dataset("Flickr30k", images), TOKENS, source)
