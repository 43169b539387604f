"""What a collection is made of on a server: one collection of Milvus for each kind of row.

Of the collection ``photos`` there are ``photos``, a row an image; ``photos_v_<encoder>``, a row a
vector; and others next to these, see ``docs/distributed.md``. Each tells in its description, in
JSON, what it is and of what.
"""

import hashlib
import json
import logging
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from firs.errors import CollectionNotFound, NameTaken, NewerCollection
from firs.milvus.admin import CollectionDescription, MilvusAdmin
from firs.milvus.fields import KEY, Field, VectorIndex
from firs.storage.database import now
from firs.storage.records import EncoderRecord

_log = logging.getLogger(__name__)

SCHEMA = 1
IMAGES, VECTORS = "images", "vectors"

LONGEST_PATH = 65_535
"""Bytes, the most that Milvus keeps in a text."""
MOST_TAGS = 1_024
"""Tags of one image."""
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
"""What the row of a vector holds of its image, so that a search can filter by it and show it."""

IMAGE_FIELDS = (
    Field(KEY, "INT64"),
    *_SEARCHED_BY,
    Field("width", "INT64"),
    Field("height", "INT64"),
    Field("format", "VARCHAR", length=32),
    Field("added_at", "INT64"),
    Field("captions", "JSON"),
    Field("told", "INT64"),  # how many captions there are: they can be counted, and found, by it
    Field("nothing", "BINARY_VECTOR", dim=8),
)
NOTHING = b"\0"
"""For the vector field that every collection of Milvus must have."""
_IMAGES_INDEX = VectorIndex("BIN_FLAT", "HAMMING", field="nothing")


def vector_fields(dim: int) -> Sequence[Field]:
    """What the row of a vector is made of."""
    return (Field(KEY, "INT64"), *_SEARCHED_BY, Field("vector", "FLOAT_VECTOR", dim=dim))


def make_images(server: MilvusAdmin, name: str) -> None:
    """Make the Milvus collection of the images if it is absent; finish what a kill left half made.

    Raises:
        NameTaken: something else has this name.
        NewerCollection: it was made by a newer QT-FIRS.
    """
    made, shards = now(), server.address.shards
    if not server.has(name):
        description = encode_description(IMAGES, made=made)
        with suppress(NameTaken):  # another has just made it
            server.create(name, IMAGE_FIELDS, description, _IMAGES_INDEX, shards or 1)
    check_images(server, name)
    there = server.describe(name)
    if shards not in (0, there.shards):
        _log.warning(
            "%s has %d shards; ?shards=%d counts only when a collection is made.",
            name,
            there.shards,
            shards,
        )
    if server.index(name, "nothing") is None:
        server.create(name, IMAGE_FIELDS, there.description, _IMAGES_INDEX, there.shards)


def shards_of(server: MilvusAdmin, name: str) -> int:
    """How many shards a collection has: all that grows with its images has as many."""
    return server.describe(name).shards


def creation_time(server: MilvusAdmin, name: str) -> datetime:
    """When a collection was made."""
    return datetime.fromisoformat(parse_description(server.describe(name))["made"])


def check_images(server: MilvusAdmin, name: str) -> None:
    """Make sure that there is a collection of this name, and that it is one of images.

    Raises:
        CollectionNotFound: there is none.
        NameTaken: something else has this name.
        NewerCollection: it was made by a newer QT-FIRS.
    """
    where = f"{server.address.server}/{name}"
    if not server.has(name):
        raise CollectionNotFound(
            f"There is no collection {name} on {server.address.server}. Make one: "
            f"firs index DIR --store {server.address}"
        )
    known = parse_description(server.describe(name))
    if known.get("what") != IMAGES:
        whose = f"holds the {known['what']} of {known.get('of')}" if known else "is not of QT-FIRS"
        raise NameTaken(f"{where} {whose}. Choose another name for the collection.")
    schema = known.get("firs", 0)
    if schema > SCHEMA:
        raise NewerCollection(
            f"{where} was made by a newer QT-FIRS (its schema is {schema}, this one knows up to "
            f"{SCHEMA}). Upgrade: pip install --upgrade qt-firs"
        )


def make_vectors(server: MilvusAdmin, name: str, encoder: EncoderRecord) -> None:
    """Make the Milvus collection of an encoder's embeddings; finish what a kill left half made."""
    told_ = encode_description(
        VECTORS,
        of=name,
        encoder=encoder.name,
        fingerprint=encoder.fingerprint,
        dim=encoder.dim,
        dtype=encoder.dtype,
    )
    home, fields = vectors_of(name, encoder.name), vector_fields(encoder.dim)
    server.create(home, fields, told_, VectorIndex(), shards_of(server, name))


def encoders(server: MilvusAdmin, name: str) -> list[EncoderRecord]:
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
    """An encoder's name in letters that Milvus takes.

    >>> slug("mini"), slug("siglip2-base")
    ('mini', 'siglip2_base_d9ec1b')
    """
    plain = re.sub(r"[^A-Za-z0-9_]", "_", encoder)[:_LONGEST_SLUG]
    if plain == encoder:
        return plain
    return f"{plain}_{hashlib.blake2b(encoder.encode(), digest_size=3).hexdigest()}"


def encode_description(what: str, **more: Any) -> str:
    """Return the description of the Milvus collection for a kind of rows."""
    return json.dumps({"firs": SCHEMA, "what": what} | more)


def parse_description(described: CollectionDescription) -> Mapping[str, Any]:
    """Parse a description; return nothing if it is not one of ours."""
    try:
        known = json.loads(described.description)
    except ValueError:
        return {}
    return known if isinstance(known, dict) and isinstance(known.get("firs"), int) else {}
