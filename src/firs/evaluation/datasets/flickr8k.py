"""Flickr8k (Hodosh, Young and Hockenmaier, JAIR 2013): its token file and splits."""

from pathlib import Path

from firs.errors import InputError
from firs.evaluation.dataset import Dataset, DatasetImage, build_dataset
from firs.evaluation.datasets.checks import Expected, check, find_file, find_pictures, read_lines
from firs.evaluation.datasets.karpathy import ALL, WHERE, as_described, in_split, read_karpathy
from firs.evaluation.datasets.token_file import read_tokens

TOKENS = ("Flickr8k.token.txt", "captions.tsv", "captions.txt")
KARPATHY = "dataset_flickr8k.json"
DEV = ("Flickr_8k.devImages.txt", "dev.txt")
PICTURES = ("images", "Images", "Flicker8k_Dataset", "Flickr8k_Dataset")
HOW = f"It comes in Flickr8k_text.zip and Flickr8k_Dataset.zip; {WHERE}"

EXPECTED = {
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
    source = find_file(path, [*TOKENS, KARPATHY], HOW)
    pictures = find_pictures(path, PICTURES)
    if source.suffix == ".json":
        karpathys = "val" if split == "dev" else split
        images = as_described(in_split(read_karpathy(source), karpathys, source), pictures)
    else:
        images = _by_tokens(source, pictures, split)
    dataset = build_dataset(f"Flickr8k {split}", images)
    return check(dataset, EXPECTED.get(split), source)


def _by_tokens(source: Path, pictures: Path | None, split: str) -> list[DatasetImage]:
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
    if split not in EXPECTED:
        raise InputError(f"Flickr8k has the splits {', '.join([*EXPECTED, ALL])}, not {split!r}.")
    return read_lines(find_file(folder, [f"Flickr_8k.{split}Images.txt", f"{split}.txt"], HOW))
