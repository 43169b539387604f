"""Rows of text entries and moves of images on a server."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firs.collection.expansions import Entry
from firs.collection.stores import Moving
from firs.expansion.moves import Move
from firs.milvus.fields import KEY, Field, Row, VectorIndex
from firs.milvus.schema import encode_description, shards_of, slug
from firs.milvus.server import Server
from firs.storage.records import EncoderRecord

ENTRIES = "entries"

TOLD = ("act", "image", "is_move", "text", "source", "floor")
"""What is read of them without their vectors."""

READ = (*TOLD, "vector")

_LONGEST = 65_535
ROWS_OF_AN_ACT = 1 << 32
"""Rows that one act has at most."""


def entries_of(name: str, encoder: str) -> str:
    """Return the name of the Milvus collection of an encoder's entries and moves."""
    return f"{name}_e_{slug(encoder)}"


def make_entries(server: Server, name: str, encoder: EncoderRecord) -> None:
    """Create that Milvus collection unless it exists and is ready."""
    fields = (
        Field(KEY, "INT64"),
        Field("act", "INT64"),
        Field("image", "INT64"),
        Field("is_move", "INT64"),
        Field("text", "VARCHAR", length=_LONGEST),
        Field("source", "VARCHAR", length=_LONGEST),
        Field("floor", "DOUBLE"),
        Field("vector", "FLOAT_VECTOR", dim=encoder.dim),
    )
    meaning = encode_description(ENTRIES, of=name, encoder=encoder.name)
    # Moves are of any length, and what stands for an image has the length 1.
    index, shards = VectorIndex(metric="IP"), shards_of(server, name)
    server.create(entries_of(name, encoder.name), fields, meaning, index, shards)


def entry_rows(act: int, entries: Iterable[Entry]) -> Iterator[Row]:
    """Rows of texts that join with an act."""
    for number, each in enumerate(entries):
        yield row_of(act, number, each.image, [each.text], each.source, each.data)


def move_rows(act: int, moves: Iterable[Moving]) -> Iterator[Row]:
    """Rows of images that an act moves."""
    for number, (image, texts, move) in enumerate(moves):
        yield row_of(act, number, image, texts, "query", move.shift, float(move.floor))


def row_of(
    act: int,
    number: int,
    image: int,
    texts: Sequence[str],
    source: str,
    vector: NDArray[Any],
    floor: float | None = None,
) -> Row:
    """Return the row of a text, or with a ``floor`` of a move; ``number`` makes it unique."""
    return {
        KEY: act * ROWS_OF_AN_ACT + number,
        "act": act,
        "image": int(image),
        "is_move": int(floor is not None),
        "text": texts[0] if floor is None else json.dumps(list(texts)),
        "source": source,
        "floor": floor or 0.0,
        "vector": vector.astype(np.float32),
    }


def texts_of(row: Row) -> Sequence[str]:
    """Return the texts of an entry, or the queries of a move."""
    return [str(each) for each in json.loads(row["text"])] if row["is_move"] else [row["text"]]


def entry_of(row: Row) -> Entry:
    """Return a row as a text entry of an image."""
    return Entry(int(row["image"]), row["text"], row["source"], np.array(row["vector"], np.float16))


def move_of(row: Row) -> Move:
    """How an image is moved."""
    return Move(np.array(row["vector"], np.float32), float(row["floor"]))
