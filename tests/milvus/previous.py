"""A collection on a server as QT-FIRS made it before its schema was 2."""

from dataclasses import replace

from firs.milvus.address import Address
from firs.milvus.schema import IMAGE_FIELDS, VectorIndex, encode_description
from firs.milvus.server import Server

FIELDS = [
    replace(each, name="told") if each.name == "caption_count" else each for each in IMAGE_FIELDS
]


def make_previous(url: str) -> None:
    """Make an empty collection whose images have the fields of schema 1."""
    address = Address.parse(url)
    index = VectorIndex("BIN_FLAT", "HAMMING", field="nothing")
    description = encode_description("images", made="2025-01-02T03:04:05+00:00")
    with Server(address) as server:
        server.create(address.name, FIELDS, description, index)
