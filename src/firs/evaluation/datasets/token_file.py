"""The caption files of Flickr8k and Flickr30k: ``image.jpg#0<TAB>caption``, one a line.

Read alike: ``image.jpg<TAB>caption`` and ``image.jpg,caption``, with a header row.
"""

import csv
from pathlib import Path

from firs.errors import InputError
from firs.evaluation.datasets.checks import read_lines

HEADER = ("image", "caption")


def read_tokens(path: Path) -> dict[str, tuple[str, ...]]:
    """The captions of each image, both in the file's order.

    Raises:
        InputError: a line has no image and caption.
    """
    captions: dict[str, list[str]] = {}
    for number, line in enumerate(read_lines(path), start=1):
        image, caption = _parts(line, number, path)
        if (image, caption) != HEADER:
            captions.setdefault(image.partition("#")[0], []).append(caption)
    return {image: tuple(listed) for image, listed in captions.items()}


def _parts(line: str, number: int, path: Path) -> tuple[str, str]:
    image, tab, caption = line.partition("\t")
    if not tab:
        image, *rest = next(csv.reader([line]))
        caption = ",".join(rest)
    if not image or not caption.strip():
        raise InputError(
            f"Line {number} of {path} has no image and caption with a tab between: {line[:60]!r}."
        )
    return image, caption.strip()
