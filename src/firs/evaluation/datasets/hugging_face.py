"""Data sets of the Hugging Face hub, or on disk in its form (extra ``datasets``)."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from firs.errors import InputError, MissingExtra
from firs.evaluation.datasets import Dataset, DatasetImage, build_dataset
from firs.user_dirs import cache_folder

CAPTIONS = ("captions", "caption", "sentences", "text", "raw", "alt_text")
"""Names of the column with captions; it has a text or a list of texts per row."""


def hugging_face(path: Path, split: str = "") -> Dataset:
    """Load the data set with the hub's name (or in the folder) ``path``; by default its ``test``.

    Pictures are written to the cache, once, as the files that they came in.

    Raises:
        MissingExtra: the package ``datasets`` is not installed.
        InputError: there is no such data set, or it has no column of pictures or of captions.
    """
    rows = _rows(path, split or "test")
    caption = _column(rows.column_names, CAPTIONS, path)
    image = _column(rows.column_names, ("image", "img", "jpg", "png"), path)
    home = cache_folder() / "data" / path.as_posix().replace("/", "--")
    raw = rows.cast_column(image, _as_bytes())
    return build_dataset(path.as_posix(), _images(raw, image, caption, home))


def _rows(path: Path, split: str) -> Any:
    try:
        import datasets
    except ImportError as error:
        raise MissingExtra("Hugging Face data sets", "datasets") from error
    try:
        if (path / "dataset_dict.json").is_file():
            return datasets.load_from_disk(str(path))[split]
        return datasets.load_dataset(path.as_posix(), split=split)
    except (OSError, ValueError, KeyError) as error:
        why = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise InputError(
            f"The data set {path.as_posix()} with the split {split!r} cannot be loaded: {why}"
        ) from error


def _as_bytes() -> Any:
    import datasets

    return datasets.Image(decode=False)


def _column(names: Sequence[str], known: Sequence[str], path: Path) -> str:
    for name in known:
        if name in names:
            return name
    raise InputError(
        f"{path.as_posix()} has none of the columns {', '.join(known)}; it has {', '.join(names)}."
    )


def _images(
    rows: Iterable[dict[str, Any]], image: str, caption: str, home: Path
) -> Iterable[DatasetImage]:
    home.mkdir(parents=True, exist_ok=True)
    for number, row in enumerate(rows):
        value = row[caption]
        captions = (value,) if isinstance(value, str) else tuple(str(each) for each in value)
        yield DatasetImage(f"{number:07d}", captions, _write_picture(row[image], home))


def _write_picture(image: dict[str, Any], home: Path) -> Path:
    """Write the picture to a file that is named by its content."""
    if image["bytes"] is None:
        return Path(image["path"])
    content: bytes = image["bytes"]
    suffix = Path(image["path"] or "").suffix or ".png"
    file = home / f"{hashlib.blake2b(content, digest_size=16).hexdigest()}{suffix}"
    if not file.exists():
        file.write_bytes(content)
    return file
