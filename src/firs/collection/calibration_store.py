"""The calibrations of a collection in a folder, and the texts they can be measured with."""

import sqlite3

from firs.collection import calibrations
from firs.collection.calibrations import NOBODY, CalibrationRecord
from firs.collection.stores import CAPTIONS, CaptionOf
from firs.storage.database import Database


class StoredCalibrations:
    """Stored calibrations per encoder: see ``firs.collection.stores``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def bank_texts(self, bank: str) -> list[CaptionOf]:
        """Return captions with the images that they describe, or queries."""
        with self._database.reading() as connection:
            return _captions(connection) if bank == CAPTIONS else _queries(connection)

    def read(self, encoder: str) -> CalibrationRecord | None:
        """Return the calibration of an encoder, or None without one."""
        with self._database.reading() as connection:
            known = calibrations.mark_of(connection, encoder)
            return None if known is None else calibrations.read(connection, encoder)

    def write(self, encoder: str, record: CalibrationRecord) -> CalibrationRecord:
        """Store a calibration and return it as stored."""
        with self._database.short_write() as connection:
            calibrations.write(connection, encoder, record)
            return calibrations.read(connection, encoder)

    def forget(self, encoder: str) -> bool:
        """Remove it; false if there is none."""
        with self._database.short_write() as connection:
            return calibrations.forget(connection, encoder)


def _captions(connection: sqlite3.Connection) -> list[CaptionOf]:
    return connection.execute("SELECT image_id, text FROM caption ORDER BY id").fetchall()


def _queries(connection: sqlite3.Connection) -> list[CaptionOf]:
    """Return the text queries of the saved sessions."""
    rows = connection.execute(
        "SELECT DISTINCT trim(json_extract(term.value, '$.text')) AS text "
        "FROM session, json_each(document, '$.terms') AS term "
        "WHERE text IS NOT NULL AND json_extract(term.value, '$.weight') > 0 ORDER BY text"
    )
    return [(NOBODY, text) for (text,) in rows]
