"""Captions in files next to the images: TSV, CSV, JSON or JSON lines → image name → texts.

TSV and CSV have a header row with the columns ``image`` and ``caption``; an image may occur in
several rows. JSON is ``{"a.jpg": ["one", "two"]}``, or a list of objects such as ``{"image":
"a.jpg", "caption": "one"}`` or ``{"image": "a.jpg", "captions": ["one", "two"]}``; JSON lines have
one such object per line. All are UTF-8.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from firs.errors import InputError

CAPTION_FILES = frozenset({"captions.tsv", "captions.csv", "captions.json", "captions.jsonl"})
"""Names of the caption files that are read automatically."""

Captions = dict[str, list[str]]
"""Image name, as the file has it → its captions in order, none empty, none twice."""

_Pair = tuple[str, str]


def read_captions(path: Path) -> Captions:
    """Read a caption file; its suffix determines the format.

    Raises:
        InputError: it is absent, unreadable or malformed; the message names the line.
    """
    pairs_of = _KINDS.get(path.suffix.lower())
    if pairs_of is None:
        raise InputError(f"{path} is no caption file: its name must end in {', '.join(_KINDS)}.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _group_by_image(pairs_of(file))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8: save it in that encoding.") from error
    except _MalformedError as error:
        raise InputError(f"{path}, {error}") from error


class _MalformedError(Exception):
    """Malformed caption file; the message begins with the position in it: ``line 7: …``."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}")


def _group_by_image(pairs: Iterable[_Pair]) -> Captions:
    captions: Captions = {}
    for image, text in pairs:
        told = captions.setdefault(image.strip(), [])
        if text.strip() and text.strip() not in told:
            told.append(text.strip())
    return captions


def _from_tsv(file: TextIO) -> Iterator[_Pair]:
    return _from_table(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _from_csv(file: TextIO) -> Iterator[_Pair]:
    return _from_table(csv.reader(file, strict=True))


def _from_table(rows: Any) -> Iterator[_Pair]:
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        if not {"image", "caption"} <= set(header):
            raise _MalformedError(1, "the first line must name the columns 'image' and 'caption'.")
        image, caption = header.index("image"), header.index("caption")
        for row in rows:
            if len(row) not in (0, len(header)):
                raise _MalformedError(
                    rows.line_num, f"{len(row)} columns, but the first line has {len(header)}."
                )
            if row:
                yield row[image], row[caption]
    except csv.Error as error:
        raise _MalformedError(rows.line_num, f"{error}.") from error


def _from_json(file: TextIO) -> Iterator[_Pair]:
    text = file.read()
    data = _parse_json(text, first_line=1)
    if isinstance(data, dict):
        data = [{"image": image, "captions": told} for image, told in data.items()]
    if not isinstance(data, list):
        raise _MalformedError(1, "expected an object of image names, or a list of objects.")
    for number, item in enumerate(data, start=1):
        try:
            yield from _from_object(item)
        except ValueError as error:
            raise _MalformedError(1, f"entry {number}: {error}") from error


def _from_json_lines(file: TextIO) -> Iterator[_Pair]:
    for number, line in enumerate(file, start=1):
        if line.strip():
            item = _parse_json(line, first_line=number)
            try:
                yield from _from_object(item)
            except ValueError as error:
                raise _MalformedError(number, str(error)) from error


def _parse_json(text: str, first_line: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _MalformedError(first_line + error.lineno - 1, f"not JSON: {error.msg}.") from error


def _from_object(item: Any) -> Iterator[_Pair]:
    """Give the pairs of one object; ValueError where it is of another form."""
    image = item.get("image") if isinstance(item, dict) else None
    if not isinstance(image, str):
        raise ValueError('expected an object with "image" and "caption" or "captions".')  # noqa: TRY004
    told = item.get("captions", item.get("caption"))
    texts = [told] if isinstance(told, str) else told
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"the captions of {image!r} must be a text or a list of texts.")
    for text in texts:
        yield image, text


_KINDS: dict[str, Callable[[TextIO], Iterator[_Pair]]] = {
    ".tsv": _from_tsv,
    ".csv": _from_csv,
    ".json": _from_json,
    ".jsonl": _from_json_lines,
}
