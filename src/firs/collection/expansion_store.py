"""The expansions of a collection in a folder, and what they are made from."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firs.collection import expansions, querylog
from firs.collection.expansions import Entry, ExpansionRecord, ImageExpansion
from firs.collection.stores import Moving
from firs.storage.database import Database


class StoredExpansions:
    """Text entries and moves of images in the database: see ``firs.collection.stores``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def records(self) -> list[ExpansionRecord]:
        """Return all expansion steps, newest first."""
        with self._database.reading() as connection:
            return expansions.records(connection)

    def expansions_of(self, image: int) -> list[ImageExpansion]:
        """Return the expansions of an image, oldest first."""
        with self._database.reading() as connection:
            return expansions.expansions_of(connection, image)

    def forget(self, id_: int) -> bool:
        """Take an act back; false if there is none of this number."""
        with self._database.short_write() as connection:
            return expansions.forget(connection, id_)

    def write_entries(
        self,
        encoder: str,
        kind: str,
        settings: dict[str, Any],
        texts: NDArray[np.float16],
        entries: Iterable[Entry],
    ) -> int:
        """Store text entries; return the id of the expansion step."""
        with self._database.short_write() as connection:
            return expansions.write_entries(connection, encoder, kind, settings, texts, entries)

    def write_moves(self, encoder: str, settings: dict[str, Any], moves: Iterable[Moving]) -> int:
        """Store moves of images; return the id of the expansion step."""
        with self._database.short_write() as connection:
            return expansions.write_moves(connection, encoder, settings, moves)

    def captions(self, source: str | None) -> list[tuple[int, str, str]]:
        """Captions, of one source or all: image, text and source, the oldest first."""
        with self._database.reading() as connection:
            return connection.execute(
                "SELECT image_id, text, source FROM caption WHERE source = ? OR ? ORDER BY id",
                (source, source is None),
            ).fetchall()

    def accepted_queries(self) -> list[tuple[int, str]]:
        """Images and the queries that they were accepted for, the newest first."""
        with self._database.reading() as connection:
            return querylog.accepted_queries(connection)

    def text_entries(self, encoder: str) -> list[tuple[int, str, bytes]]:
        """Return the text entries of images: image, text and its embedding, float16."""
        with self._database.reading() as connection:
            return expansions.text_entries(connection, encoder)

    def query_moves(self, encoder: str) -> list[tuple[int, str]]:
        """Return the moved images and the queries that they were moved towards."""
        with self._database.reading() as connection:
            return expansions.query_moves(connection, encoder)
