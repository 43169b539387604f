"""The Milvus collections that a collection consists of: their names, fields, ids and values.

The collection ``photos`` consists of ``photos``, with a row per image; ``photos_v_<encoder>``, with
a row per embedding; and others, see ``docs/distributed.md``. The description of each is JSON, with
its role and the collection that it belongs to.
"""

import hashlib
import json
import logging
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from firs.errors import CollectionNotFound, NameTaken, NewerCollection
from firs.storage.database import now
from firs.storage.documents import StoredPaths
from firs.storage.records import EncoderRecord

if TYPE_CHECKING:
    from firs.milvus.admin import CollectionDescription, MilvusAdmin

_log = logging.getLogger(__name__)

KEY = "id"
"""The primary field of every Milvus collection."""

MOST_FOUND = 16_384
"""Maximum number of rows that a search, or a query with a limit, returns."""

Key = int | str
Row = dict[str, Any]
"""Field → value."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a Milvus collection.

    Args:
        name: name of the field; the primary one is ``id``.
        kind: a name in ``pymilvus.DataType``: ``INT64``, ``VARCHAR``, ``JSON``, ``ARRAY``,
            ``FLOAT_VECTOR``, ``BINARY_VECTOR``, ….
        length: maximum number of bytes of a text, or of each text of an array.
        dim: dimension of a vector; of a binary one in bits, a multiple of 8.
        capacity: maximum number of elements of an array.
        of: the kind of an array's elements.
    """

    name: str
    kind: str
    length: int = 0
    dim: int = 0
    capacity: int = 0
    of: str = "VARCHAR"


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """The index of a vector field: Milvus's kind, metric and build parameters."""

    kind: str = "FLAT"
    metric: str = "COSINE"
    params: Mapping[str, Any] = field(default_factory=dict)
    field: str = "vector"


SCHEMA = 2
"""Version of the images' fields; in version 1, which is still supported, ``caption_count`` was
called ``told``. The fields of other rows have never changed."""

IMAGES, VECTORS = "images", "vectors"

LONGEST_PATH = 65_535
"""Maximum number of bytes of a text in Milvus."""
MOST_TAGS = 1_024
"""Maximum number of tags of one image."""
_LONGEST_TAG = 800  # 200 characters
_LONGEST_SLUG = 100

_SEARCHED_BY = (
    Field("path", "VARCHAR", length=LONGEST_PATH),
    Field("hash", "VARCHAR", length=32),
    Field("bytes", "INT64"),
    Field("mtime_ns", "INT64"),
    Field("tags", "ARRAY", length=_LONGEST_TAG, capacity=MOST_TAGS),
    Field("draw", "INT64"),
)
ATTRIBUTES = tuple(each.name for each in _SEARCHED_BY)
"""The fields that the row of an embedding shares with its image, for filters and results."""

IMAGE_FIELDS = (
    Field(KEY, "INT64"),
    *_SEARCHED_BY,
    Field("width", "INT64"),
    Field("height", "INT64"),
    Field("format", "VARCHAR", length=32),
    Field("added_at", "INT64"),
    Field("captions", "JSON"),
    Field("caption_count", "INT64"),  # captions can be counted and found by it
    Field("nothing", "BINARY_VECTOR", dim=8),
)
NOTHING = b"\0"
"""Value of the vector field that every Milvus collection must have."""
_IMAGES_INDEX = VectorIndex("BIN_FLAT", "HAMMING", field="nothing")


def vector_fields(dim: int) -> Sequence[Field]:
    """Return the fields of the row of an embedding."""
    return (Field(KEY, "INT64"), *_SEARCHED_BY, Field("vector", "FLOAT_VECTOR", dim=dim))


def caption_count_field(server: "MilvusAdmin", name: str) -> str:
    """Return the name of the field with the number of captions; it depends on the schema."""
    return "told" if "told" in server.fields(name) else "caption_count"


def make_images(server: "MilvusAdmin", name: str) -> None:
    """Create the Milvus collection of the images, or complete it after an interruption.

    Raises:
        NameTaken: something else has this name.
        NewerCollection: it was made by a newer QT-FIRS.
    """
    shards = server.address.shards
    if not server.has(name):
        description = encode_description(IMAGES, schema=SCHEMA, made=now())
        with suppress(NameTaken):  # another process has just created it
            server.create(name, IMAGE_FIELDS, description, _IMAGES_INDEX, shards or 1)
    actual = check_images(server, name).shards
    if shards not in (0, actual):
        _log.warning(
            "%s has %d shards; ?shards=%d counts only when a collection is made.",
            *(name, actual, shards),
        )
    if server.index(name, "nothing") is None:
        server.build_index(name, _IMAGES_INDEX)


def check_images(server: "MilvusAdmin", name: str) -> "CollectionDescription":
    """Return the description of a collection of images.

    Raises:
        CollectionNotFound: there is none of this name.
        NameTaken: something else has this name.
        NewerCollection: it was made by a newer QT-FIRS.
    """
    where = f"{server.address.server}/{name}"
    if not server.has(name):
        raise CollectionNotFound(
            f"There is no collection {name} on {server.address.server}. Make one: "
            f"firs index DIR --store {server.address}"
        )
    described = server.describe(name)
    known = parse_description(described)
    if known.get("what") != IMAGES:
        content = f"has the {known['what']} of {known.get('of')}" if known else "is not of QT-FIRS"
        raise NameTaken(f"{where} {content}. Choose another name for the collection.")
    if known["firs"] > SCHEMA:
        raise NewerCollection(
            f"{where} was made by a newer QT-FIRS (its schema is {known['firs']}, this one "
            f"supports up to {SCHEMA}). Upgrade: pip install --upgrade qt-firs"
        )
    return described


def make_vectors(server: "MilvusAdmin", name: str, encoder: EncoderRecord) -> None:
    """Create the Milvus collection of an encoder's embeddings, or complete it."""
    description = encode_description(
        VECTORS,
        of=name,
        encoder=encoder.name,
        fingerprint=encoder.fingerprint,
        dim=encoder.dim,
        dtype=encoder.dtype,
    )
    home, fields = vectors_of(name, encoder.name), vector_fields(encoder.dim)
    server.create(home, fields, description, VectorIndex(), server.describe(name).shards)


def encoders(server: "MilvusAdmin", name: str) -> list[EncoderRecord]:
    """Return the encoders that can have embeddings, the oldest first; without revisions."""
    prefix = vectors_of(name, "")
    described = [server.describe(each) for each in server.names() if each.startswith(prefix)]
    found = [
        (each.number, known)
        for each in described
        if (known := parse_description(each)).get("what") == VECTORS and known.get("of") == name
    ]
    return [
        EncoderRecord(
            known["encoder"], known["fingerprint"], known["dim"], known["dtype"], revision=0
        )
        for _, known in sorted(found, key=lambda each: each[0])
    ]


def vectors_of(name: str, encoder: str) -> str:
    """Return the name of the Milvus collection with an encoder's embeddings."""
    return f"{name}_v_{slug(encoder)}"


def slug(encoder: str) -> str:
    """Return an encoder's name in letters that Milvus accepts.

    >>> slug("mini"), slug("siglip2-base")
    ('mini', 'siglip2_base_d9ec1b')
    """
    plain = re.sub(r"[^A-Za-z0-9_]", "_", encoder)[:_LONGEST_SLUG]
    if plain == encoder:
        return plain
    return f"{plain}_{hashlib.blake2b(encoder.encode(), digest_size=3).hexdigest()}"


def encode_description(what: str, *, schema: int = 1, **more: Any) -> str:
    """Return the description of the Milvus collection for a kind of rows."""
    return json.dumps({"firs": schema, "what": what} | more)


def parse_description(described: "CollectionDescription") -> Mapping[str, Any]:
    """Parse a description; return an empty mapping if it is not one of ours."""
    try:
        known = json.loads(described.description)
    except ValueError:
        return {}
    return known if isinstance(known, dict) and isinstance(known.get("firs"), int) else {}


DRAWS = 1 << 32
"""Upper bound of ``draw_of``."""

_BITS = 52
_UNDECODABLE = re.compile("[\udc80-\udcff]")
_ESCAPED = re.compile("\0([0-9a-f]{2})")


def id_of(path: str, attempt: int = 0) -> int:
    """Return the id of an image at a path; another one for each further attempt.

    It is a hash, so every process assigns the same id to an image. It is between 2^52 and 2^53, the
    largest integer that JavaScript represents exactly, and distinct from the small ids of a
    folder's collection.
    """
    data = os.fsencode(path) + (b"\0%d" % attempt if attempt else b"")
    digest = hashlib.blake2b(data, digest_size=8).digest()
    return (1 << _BITS) | (int.from_bytes(digest, "big") >> (64 - _BITS))


def free_id(path: str, taken: Mapping[int, str]) -> int:
    """Return the first id for a path that is free, or already its own.

    Args:
        path: path of the image.
        taken: ids of images, with their paths.
    """
    ids = (id_of(path, attempt) for attempt in count())
    return next(id_ for id_ in ids if taken.get(id_, path) == path)


def draw_of(id_: int) -> int:
    """Return a pseudo-random number below ``DRAWS`` by which samples are drawn.

    >>> 0 <= draw_of(7) < DRAWS
    True
    """
    digest = hashlib.blake2b(id_.to_bytes(8, "big"), digest_size=4, person=b"draw").digest()
    return int.from_bytes(digest, "big")


def to_stored_path(path: str) -> str:
    """Return a path as stored on a server, which supports only UTF-8.

    Each byte that is not UTF-8 is stored as a zero, which no path contains, and two digits.
    """
    return _UNDECODABLE.sub(lambda found: f"\0{ord(found[0]) - 0xDC00:02x}", path)


def path_of(stored: str) -> str:
    """Return a stored path as ``os`` represents it."""
    return _ESCAPED.sub(lambda found: chr(0xDC00 + int(found[1], 16)), stored)


STORED_PATHS = StoredPaths(to_stored_path, path_of, lambda path: str(id_of(path_of(path))))
"""How a server's documents store paths."""
