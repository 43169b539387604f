"""Images as rows, and back."""

import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.milvus.rows import (
    COLUMNS,
    caption_fields,
    captions_of,
    file_fields,
    image_row,
    record_of,
    vector_row,
)
from firs.milvus.schema import ATTRIBUTES, IMAGE_FIELDS, draw_of
from firs.storage.catalogue import File
from firs.storage.writing import Content

FILE = File(os.fsdecode(b"/photos/caf\xe9.jpg"), 1234, 1_600_000_000_123_456_789)
CONTENT = Content(bytes(range(16)), 640, 480, "JPEG", b"")


def test_an_image_comes_back_as_it_was() -> None:
    row = image_row(7, FILE, CONTENT, 1_700_000_000_000_001)
    row |= caption_fields([{"text": "a wall", "source": "a.tsv"}]) | {"tags": ["b", "a"]}
    record = record_of({name: row[name] for name in COLUMNS})
    assert record.path == Path(FILE.path)
    assert (record.id, record.bytes, record.mtime_ns) == (7, 1234, FILE.mtime_ns)
    assert (record.width, record.height, record.format) == (640, 480, "JPEG")
    assert (record.hash, record.captions) == (CONTENT.hash.hex(), ("a wall",))
    assert record.tags == ("a", "b")
    assert record.added_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_a_row_has_every_field() -> None:
    row = image_row(7, FILE, CONTENT, 1)
    written = {*COLUMNS, "caption_count", "nothing"}
    assert {*row, "caption_count", "nothing"} == {field.name for field in IMAGE_FIELDS} == written
    assert row["draw"] == draw_of(7)
    assert captions_of(row) == []


def test_an_embedding_is_stored_with_attributes_of_its_image() -> None:
    row = image_row(7, FILE, CONTENT, 1)
    vector = np.ones(4, np.float32)
    made = vector_row(row, vector)
    assert set(made) == {"id", "vector", *ATTRIBUTES}
    assert made["path"] == row["path"]


def test_a_path_that_is_too_long_for_a_server() -> None:
    with pytest.raises(InputError, match="too long for a server"):
        file_fields(File("/" + "x" * 70_000, 1, 1))
