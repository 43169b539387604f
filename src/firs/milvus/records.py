"""Images and vectors ↔ rows on a server."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firs.collection.records import ImageRecord
from firs.errors import InputError
from firs.indexing.walk import File
from firs.milvus.fields import KEY, Row
from firs.milvus.ids import draw_of, path_of, to_stored_path
from firs.milvus.schema import ATTRIBUTES, IMAGE_FIELDS, LONGEST_PATH, NOTHING
from firs.storage.writing import Content

SHOWN = tuple(field.name for field in IMAGE_FIELDS if field.name not in ("draw", "told", "nothing"))
"""What is read of an image that is shown."""

WRITTEN = tuple(field.name for field in IMAGE_FIELDS if field.name != "nothing")
"""What is read of an image that is written again, since Milvus writes whole rows."""

LONGEST_CAPTIONS = 65_000
"""Bytes of all captions of an image as JSON; Milvus takes 65,536."""

Caption = Mapping[str, str]
"""A caption's ``text`` and ``source``."""


def image_row(id_: int, file: File, content: Content, added_at: int) -> Row:
    """The row of a new image; ``added_at`` is in µs since 1970."""
    return (
        {
            KEY: id_,
            "added_at": added_at,
            "tags": [],
            "draw": draw_of(id_),
            "nothing": NOTHING,
        }
        | caption_fields([])
        | file_fields(file, content)
    )


def file_fields(file: File, content: Content | None = None) -> Row:
    """The fields that tell of a file, and of its content."""
    kept = to_stored_path(file.path)
    if len(kept.encode()) > LONGEST_PATH:
        raise InputError(f"The path {file.path[:60]}… is longer than a server keeps.")
    told: Row = {"path": kept, "bytes": file.bytes, "mtime_ns": file.mtime_ns}
    if content is None:
        return told
    return told | {
        "hash": content.hash.hex(),
        "width": content.width,
        "height": content.height,
        "format": content.format,
    }


def vector_row(image: Mapping[str, Any], vector: NDArray[np.float32]) -> Row:
    """The row of an image's vector, from the row of the image."""
    return {KEY: image[KEY], "vector": vector} | {name: image[name] for name in ATTRIBUTES}


def record_of(row: Mapping[str, Any]) -> ImageRecord:
    """An image as people know it."""
    return ImageRecord(
        id=row[KEY],
        path=Path(path_of(row["path"])),
        captions=tuple(each["text"] for each in captions_of(row)),
        width=row["width"],
        height=row["height"],
        format=row["format"],
        bytes=row["bytes"],
        modified_at=datetime.fromtimestamp(row["mtime_ns"] / 1e9, UTC),
        added_at=datetime.fromtimestamp(row["added_at"] // 1_000_000, UTC),
        hash=row["hash"],
        mtime_ns=row["mtime_ns"],
        tags=tuple(sorted(row["tags"])),
    )


def captions_of(row: Mapping[str, Any]) -> Sequence[Caption]:
    """An image's captions, in their order."""
    all_: Sequence[Caption] = row["captions"]["all"]
    return all_


def caption_fields(captions: Sequence[Caption]) -> Row:
    """The fields that tell of captions: Milvus takes no list by itself."""
    return {"captions": {"all": [dict(each) for each in captions]}, "told": len(captions)}
