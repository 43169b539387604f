"""``collection.index``: which kind of index answers searches, and how well it does."""

import sqlite3
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from firs.collection.index_maintainer import (
    CERTIFICATE,
    CHOSEN,
    StoredEntries,
    kind_in_use,
    texts_to_ask,
)
from firs.collection.searcher import CollectionSearcher
from firs.storage import rows as vector_rows
from firs.storage.database import Database
from firs.storage.documents import SQLiteDocuments
from firs.storage.encoders import EncoderInUse, EncodersInUse, require_encoders
from firs.storage.records import EncoderRecord

if TYPE_CHECKING:
    from firs.index.certificate import Certificate

IMAGES_ASKED = 200


class Indexing:
    """The indexes of one collection, one an encoder.

    Methods take an encoder's name; without it they mean the one that the collection was opened
    with.
    """

    def __init__(
        self, database: Database, finding: CollectionSearcher, encoders: EncodersInUse
    ) -> None:
        self._database = database
        self._documents = SQLiteDocuments.of(database)
        self._finding = finding
        self._encoders = encoders

    def kind(self, encoder: str | None = None) -> str:
        with self._database.reading() as connection:
            return kind_in_use(connection, self._resolve_encoder(connection, encoder)[1])

    def choose(self, kind: str | None, encoder: str | None = None) -> None:
        from firs.index import open_index_type

        if kind is not None:
            open_index_type(kind)
        with self._finding.open_searcher(encoder, None) as space:
            name = space.name
        self._documents.put(CHOSEN, {name: {"kind": kind}})
        with self._finding.open_searcher(encoder, None):
            pass  # that builds it

    def verify(self, encoder: str | None = None) -> "Certificate":
        """Compare the index with exact search on the collection's own images and on texts.

        The collection remembers what was found, where it can be written to.

        Raises:
            CollectionNotFound: the collection is empty.
            EncoderError: the encoder cannot be opened.
        """
        from firs.index.certificate import verify_index

        with self._database.reading() as connection:
            used, record = self._resolve_encoder(connection, encoder)
            entries = StoredEntries(connection, record.name)
            texts = used.open([record]).encode_texts(texts_to_ask(connection, of=1))
            kind = kind_in_use(connection, record)
            with self._finding.open_searcher(record.name, None) as space:
                images = vector_rows.evenly_picked(connection, record.name, IMAGES_ASKED)
                requested = {"texts": texts, "images": images.astype(np.float32)}
                found = verify_index(kind, space.index, entries, requested, record.revision)
        if self._documents.is_writable:
            self._documents.put(CERTIFICATE, {record.name: asdict(found)})
        return found

    def certificate(self, encoder: str | None = None) -> "Certificate | None":
        with self._database.reading() as connection:
            name = self._resolve_encoder(connection, encoder)[1].name
        found = self._documents.get(CERTIFICATE, [name]).get(name)
        if found is None:
            return None
        from firs.index.certificate import Certificate

        return Certificate.of(found)

    def _resolve_encoder(
        self, connection: sqlite3.Connection, encoder: str | None
    ) -> tuple[EncoderInUse, EncoderRecord]:
        stored = require_encoders(connection, self._database.folder)
        those = self._encoders.those(encoder, stored) if encoder else [self._encoders.one()]
        return those[0], those[0].matching_record(stored)
