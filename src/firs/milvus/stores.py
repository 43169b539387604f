"""Example images that clients of a server uploaded, stored as documents."""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import asdict

from firs.collection.examples import ExampleRecord
from firs.milvus.documents import MilvusDocuments
from firs.storage.documents import Body, Document

EXAMPLE, DATA = "example", "example-data"
"""Kinds of documents: what is known of a picture, and its bytes."""


class ServerExamples:
    """See ``firs.collection.stores``.

    Args:
        documents: the documents of the collection.
    """

    def __init__(self, documents: MilvusDocuments) -> None:
        self._documents = documents

    def add(self, record: ExampleRecord, data: bytes) -> None:
        """Store a picture, in the place of an older one with the same id."""
        content = Document(DATA, record.id, {"data": b64encode(data).decode()})
        self._documents.write([content, Document(EXAMPLE, record.id, asdict(record))])

    def get(self, id_: str) -> tuple[ExampleRecord, bytes] | None:
        """Return a picture and its bytes; ``None`` if there is none with this id."""
        record, content = (self._find(kind, id_) for kind in (EXAMPLE, DATA))
        if record is None or content is None:
            return None
        return ExampleRecord(**record), b64decode(content["data"])

    def records(self) -> list[ExampleRecord]:
        """List all of them, the oldest first."""
        found = (ExampleRecord(**each) for each in dict(self._documents.each(EXAMPLE)).values())
        return sorted(found, key=lambda each: (each.added_at, each.id))

    def remove(self, ids: Iterable[str]) -> None:
        """Delete examples by id; unknown ids are ignored."""
        given = list(ids)
        for kind in (EXAMPLE, DATA):
            self._documents.forget(kind, given)

    def _find(self, kind: str, id_: str) -> Body | None:
        """Return a document, even one that another process has only just written."""
        found = self._documents.get(kind, [id_]) or self._documents.get(kind, [id_], fresh=True)
        return found.get(id_)
