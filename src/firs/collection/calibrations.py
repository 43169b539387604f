"""What was measured of a collection's images to set scores right, as the database keeps it."""

import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firs.errors import CollectionBusy, StorageError
from firs.storage.database import Database
from firs.storage.records import EncoderRecord
from firs.storage.rows import Ids

if TYPE_CHECKING:
    from firs.calibration import Calibration
    from firs.calibration.hubness import Hubness
    from firs.search import EmbeddingMatrix

NOBODY = 0
"""The owner of a text that describes no image of the collection."""


@dataclass(frozen=True, slots=True)
class CalibrationRecord:
    """Measured calibration of the scores of one encoder.

    Args:
        bank: the kind of its texts: ``captions``, ``queries`` or ``everyday``.
        texts: float16 ``(m, dim)``, the embeddings of the texts.
        owners: int64 ``(m,)``, the ids of the images that the texts describe, or ``NOBODY``.
        meaning: the score calibration, where it was fitted.
        revision: the revision of the embeddings that it was measured on.
        biases: float32 ``(n,)``, the bias of each image, ordered by id.
        mark: unique identifier of this measurement.
        made_at: when it was measured.
    """

    bank: str
    texts: NDArray[np.float16]
    owners: Ids
    meaning: "Calibration | None"
    revision: int
    biases: NDArray[np.float32]
    mark: str = ""
    made_at: datetime | None = None


class CachedHubness:
    """In-memory cache of each encoder's hubness, recomputed when the embeddings have changed.

    Args:
        database: the database that also stores it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}

    def get(
        self,
        connection: sqlite3.Connection,
        encoder: EncoderRecord,
        table_of: "Callable[[], EmbeddingMatrix]",
    ) -> "Hubness | None":
        """Return the calibration of the embeddings in the connection's snapshot, if there is one.

        ``table_of`` returns the embeddings; it is called only if there is a calibration.
        """
        mark = mark_of(connection, encoder.name)
        if mark is None:
            return None
        table = table_of()
        with self._lock:
            held = self._held.get(encoder.name)
            if held is None or held.record.mark != mark:
                held = _Held(read(connection, encoder.name), None)
            if held.table is None or held.record.revision != encoder.revision:
                held = _Held(self._current(held, encoder, table), table)
            self._held[encoder.name] = held
            return held.hubness

    def _current(
        self, held: "_Held", encoder: EncoderRecord, table: "EmbeddingMatrix"
    ) -> CalibrationRecord:
        from firs.calibration.fitting import places_of, update_hubness

        record = held.record
        if record.revision == encoder.revision:
            return record
        texts, owners = record.texts.astype(np.float32), places_of(record.owners, table)
        known = None if held.table is None else (held.table, record.biases)
        off = update_hubness(table, texts, owners, known)
        record = replace(record, biases=off, revision=encoder.revision)
        self._keep(record)
        return record

    def _keep(self, record: CalibrationRecord) -> None:
        if not self._database.writable:
            return
        # What cannot be written now is measured again when the collection is opened next.
        with suppress(CollectionBusy, StorageError), self._database.short_write() as connection:
            connection.execute(
                "UPDATE calibration SET revision = ?, biases = ? WHERE mark = ?",
                (record.revision, record.biases.tobytes(), record.mark),
            )


@dataclass(frozen=True)
class _Held:
    """A calibration and the table that its biases are of, where they are known to be of one."""

    record: CalibrationRecord
    table: "EmbeddingMatrix | None"

    @cached_property
    def hubness(self) -> "Hubness":
        from firs.calibration.calibration import KnownTexts
        from firs.calibration.hubness import Hubness

        texts = KnownTexts(self.record.texts) if self.record.bank == "captions" else None
        return Hubness(self.record.biases, self.record.mark, self.record.meaning, texts)


def mark_of(connection: sqlite3.Connection, encoder: str) -> str | None:
    """Return the mark of the encoder's calibration, or None without one."""
    row = connection.execute(f"SELECT mark {_OF}", (encoder,)).fetchone()
    return None if row is None else str(row[0])


def read(connection: sqlite3.Connection, encoder: str) -> CalibrationRecord:
    """Return the encoder's calibration, which must exist."""
    columns = "bank, texts, owners, meaning, calibration.revision, biases, mark, made_at, dim"
    bank, texts, owners, meaning, revision, biases, mark, made_at, dim = connection.execute(
        f"SELECT {columns} {_OF}",
        (encoder,),
    ).fetchone()
    return CalibrationRecord(
        bank,
        np.frombuffer(texts, dtype=np.float16).reshape(-1, dim),
        np.frombuffer(owners, dtype=np.int64),
        None if meaning is None else meaning_of(json.loads(meaning)),
        revision,
        np.frombuffer(biases, dtype=np.float32),
        mark,
        datetime.fromisoformat(made_at),
    )


def write(connection: sqlite3.Connection, encoder: str, record: CalibrationRecord) -> None:
    """Store a calibration inside the caller's transaction, replacing the previous one."""
    meaning = None if record.meaning is None else json.dumps(asdict(record.meaning))
    connection.execute(
        "INSERT OR REPLACE INTO calibration (encoder_id, mark, bank, texts, owners, meaning, "
        "revision, biases, made_at) "
        "SELECT id, lower(hex(randomblob(8))), ?, ?, ?, ?, ?, ?, ? FROM encoder WHERE name = ?",
        (
            record.bank,
            record.texts.tobytes(),
            record.owners.tobytes(),
            meaning,
            record.revision,
            record.biases.tobytes(),
            datetime.now(UTC).isoformat(timespec="seconds"),
            encoder,
        ),
    )


def forget(connection: sqlite3.Connection, encoder: str) -> bool:
    """Remove the one of an encoder, inside the caller's transaction; false if there is none."""
    deleted = connection.execute(
        "DELETE FROM calibration WHERE encoder_id = (SELECT id FROM encoder WHERE name = ?)",
        (encoder,),
    )
    return bool(deleted.rowcount)


_OF = "FROM calibration JOIN encoder ON encoder.id = encoder_id WHERE name = ?"


_OLD_FIELDS = {
    "sharpness": "logit_scale",
    "standing_out": "min_top_score_gap",
    "familiarity": "caption_support",
}
"""Field names that earlier development versions stored."""


def meaning_of(stored: dict[str, Any]) -> "Calibration":
    """Return the calibration that was stored as JSON, by this or an earlier version."""
    from firs.calibration import Calibration
    from firs.calibration.calibration import CaptionSupport

    values = {_OLD_FIELDS.get(name, name): value for name, value in stored.items()}
    known = values.pop("caption_support", None)
    if not known or "near" not in known:
        return Calibration(**values)
    support = CaptionSupport(tuple(known["near"]), tuple(known["best"]), known["limit"])
    return Calibration(**values, caption_support=support)
