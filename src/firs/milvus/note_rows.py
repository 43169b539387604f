"""Documents ↔ the rows that they lie in."""

import json
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from firs.errors import InputError
from firs.milvus.fields import KEY, Field, Row

PART_BYTES = 60_000
"""Of a document in one row; Milvus takes 65,535."""

_LONGEST_ID = 1_000
_NOTHING = b"\0"
_END = "\U0010ffff"
"""Comes after all that begins alike."""

FIELDS = (
    Field(KEY, "VARCHAR", length=_LONGEST_ID),
    Field("kind", "VARCHAR", length=64),
    Field("image", "INT64"),
    Field("stamp", "VARCHAR", length=32),
    Field("parts", "INT64"),
    Field("body", "VARCHAR", length=65_535),
    Field("nothing", "BINARY_VECTOR", dim=8),
)
READ = ("kind", "stamp", "parts", "body")

Document = Mapping[str, Any]


class Note(NamedTuple):
    """A document to be written; one that has an ``image`` is found by it, too.

    Args:
        kind: what it is, in up to 64 letters, without ``/``.
        key: which of its kind, in up to 900 bytes.
        document: what JSON can hold.
        stamp: tells this state of it from others; random if empty.
    """

    kind: str
    key: str
    document: Document
    stamp: str = ""


def rows_of(note: Note) -> tuple[Row, list[Row]]:
    """The row that names a document, and those that hold it if it is too long for one."""
    body = json.dumps(note.document, allow_nan=False)
    id_, stamp = id_of_note(note.kind, note.key), note.stamp or secrets.token_hex(8)
    cut = split(body)
    parts = [] if len(cut) == 1 else cut
    head = _row(id_, note, stamp, len(parts), "" if parts else body)
    return head, [
        _row(part_id(id_, stamp, number), note, stamp, 0, part, kind=_part_kind(note.kind))
        for number, part in enumerate(parts)
    ]


def split(body: str) -> list[str]:
    """ASCII text in pieces that each fit into a row.

    >>> [len(piece) for piece in split("x" * 130_000)]
    [60000, 60000, 10000]
    """
    return [body[at : at + PART_BYTES] for at in range(0, len(body), PART_BYTES)] or [body]


def _row(id_: str, note: Note, stamp: str, parts: int, body: str, kind: str = "") -> Row:
    image = note.document.get("image")
    return {
        KEY: id_,
        "kind": kind or note.kind,
        "image": image if isinstance(image, int) else 0,
        "stamp": stamp,
        "parts": parts,
        "body": body,
        "nothing": _NOTHING,
    }


def id_of_note(kind: str, key: str) -> str:
    """By which a document's row is found.

    Raises:
        InputError: the key is too long.
    """
    id_ = f"{kind}/{key}"
    if len(id_.encode()) > _LONGEST_ID - 50:
        raise InputError(f"The name {key[:60]}… is too long for a server. Choose a shorter one.")
    return id_


def key_of(row: Row) -> str:
    """The key of the document of a row."""
    return str(row[KEY]).partition("/")[2]


def part_id(id_: str, stamp: str, number: int) -> str:
    """By which a part of a long document is found."""
    return f"{id_}\n{stamp}\n{number:06d}"


def _part_kind(kind: str) -> str:
    return f"{kind}*"


def having(kind: str, prefix: str = "") -> str:
    """An expression that holds of documents of a kind, those whose key begins so."""
    return f'kind == "{kind}" and {_begins(id_of_note(kind, prefix))}'


def having_tree(kind: str, key: str) -> str:
    """An expression that holds of a document and of those whose key goes on after a slash."""
    id_ = json.dumps(id_of_note(kind, key), ensure_ascii=False)
    return f"({KEY} == {id_} or ({having(kind, f'{key}/')}))"


def parts_of(beginning: str) -> str:
    """An expression that holds of parts of documents whose id begins so."""
    return f'kind == "{_part_kind(beginning.partition("/")[0])}" and {_begins(beginning)}'


def _begins(text: str) -> str:
    first, last = (json.dumps(each, ensure_ascii=False) for each in (text, text + _END))
    return f"{KEY} >= {first} and {KEY} < {last}"
