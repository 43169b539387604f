"""Measured calibrations of scores, stored as documents, and a cache of them for a folder."""

import secrets
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
from firs.storage.documents import Body, Document, Documents, decode_array, encode_array
from firs.storage.records import EncoderRecord
from firs.storage.rows import Ids

if TYPE_CHECKING:
    from firs.calibration import Calibration
    from firs.calibration.hubness import Hubness
    from firs.search import EmbeddingMatrix

CALIBRATION = "calibration"
"""The kind of the documents of calibrations, by the encoder's name."""

NO_IMAGE = 0
"""The owner of a text that describes no image of the collection."""


@dataclass(frozen=True, slots=True)
class CalibrationRecord:
    """Measured calibration of the scores of one encoder.

    Args:
        bank: the kind of its texts: ``captions``, ``queries`` or ``everyday``.
        texts: float16 ``(m, dim)``, the embeddings of the texts.
        owners: int64 ``(m,)``, the ids of the images that the texts describe, or ``NO_IMAGE``.
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


class CalibrationStore:
    """The stored calibrations of one collection, per encoder.

    Args:
        documents: the documents of the collection.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def mark(self, encoder: str) -> str | None:
        """Return the identifier of an encoder's calibration without reading it, or None."""
        return self._documents.stamp(CALIBRATION, encoder)

    def read(self, encoder: str) -> CalibrationRecord | None:
        """Return the calibration of an encoder, or None without one."""
        for _, (body, mark) in self._documents.get_with_stamps(CALIBRATION, [encoder]):
            return record_of(body, mark)
        return None

    def write(self, encoder: str, record: CalibrationRecord) -> CalibrationRecord:
        """Store a calibration, replacing any other; return it as stored.

        Raises:
            StorageError: it cannot be stored.
        """
        at = datetime.now(UTC).replace(microsecond=0)
        stored = replace(record, mark=secrets.token_hex(8), made_at=at)
        self._put(encoder, stored)
        return stored

    def update(self, encoder: str, record: CalibrationRecord) -> None:
        """Store new biases of a calibration, unless it was replaced in the meantime."""
        with self._documents.atomic():
            if self.mark(encoder) == record.mark:
                self._put(encoder, record)

    def forget(self, encoder: str) -> bool:
        """Remove a calibration; return False if there is none.

        Raises:
            StorageError: it cannot be removed.
        """
        if self.mark(encoder) is None:
            return False
        self._documents.forget(CALIBRATION, [encoder])
        return True

    def _put(self, encoder: str, record: CalibrationRecord) -> None:
        self._documents.write([Document(CALIBRATION, encoder, body_of(record), record.mark)])


def body_of(record: CalibrationRecord) -> Body:
    """Return the body of the document of a calibration."""
    return {
        "bank": record.bank,
        "texts": encode_array(record.texts),
        "owners": encode_array(record.owners),
        "meaning": None if record.meaning is None else asdict(record.meaning),
        "revision": record.revision,
        "biases": encode_array(record.biases),
        "made_at": None if record.made_at is None else record.made_at.isoformat(),
    }


def record_of(body: Body, mark: str) -> CalibrationRecord:
    """Return the calibration of a document and its stamp."""
    return CalibrationRecord(
        body["bank"],
        decode_array(body["texts"]),
        decode_array(body["owners"]),
        None if body["meaning"] is None else meaning_of(dict(body["meaning"])),
        body["revision"],
        decode_array(body["biases"]),
        mark,
        None if body["made_at"] is None else datetime.fromisoformat(body["made_at"]),
    )


class CachedHubness:
    """In-memory cache of each encoder's hubness, recomputed when the embeddings have changed.

    Args:
        stored: the calibrations, to store recomputed biases; None if nothing can be written.
    """

    def __init__(self, stored: CalibrationStore | None) -> None:
        self._stored = stored
        self._lock = threading.Lock()
        self._cached: dict[str, _Cached] = {}

    def get(
        self,
        calibrations: CalibrationStore,
        encoder: EncoderRecord,
        table_of: "Callable[[], EmbeddingMatrix]",
    ) -> "Hubness | None":
        """Return the calibration of the embeddings in a snapshot, if there is one.

        Args:
            calibrations: the calibrations in the snapshot.
            encoder: the encoder in the snapshot.
            table_of: returns the embeddings; called only if there is a calibration.
        """
        mark = calibrations.mark(encoder.name)
        if mark is None:
            return None
        table = table_of()
        with self._lock:
            cached = self._cached.get(encoder.name)
            if cached is None or cached.record.mark != mark:
                record = calibrations.read(encoder.name)
                if record is None:
                    return None
                cached = _Cached(record, None)
            if cached.table is None or cached.record.revision != encoder.revision:
                cached = _Cached(self._refresh(cached, encoder, table), table)
            self._cached[encoder.name] = cached
            return cached.hubness

    def _refresh(
        self, cached: "_Cached", encoder: EncoderRecord, table: "EmbeddingMatrix"
    ) -> CalibrationRecord:
        from firs.calibration.fitting import places_of, update_hubness

        record = cached.record
        if record.revision == encoder.revision:
            return record
        texts, owners = record.texts.astype(np.float32), places_of(record.owners, table)
        known = None if cached.table is None else (cached.table, record.biases)
        biases = update_hubness(table, texts, owners, known)
        record = replace(record, biases=biases, revision=encoder.revision)
        # If it cannot be stored now, it is measured again when the collection is opened next.
        if self._stored is not None:
            with suppress(CollectionBusy, StorageError):
                self._stored.update(encoder.name, record)
        return record


@dataclass(frozen=True)
class _Cached:
    """A calibration and the table that its biases are of, where they are known to be of one."""

    record: CalibrationRecord
    table: "EmbeddingMatrix | None"

    @cached_property
    def hubness(self) -> "Hubness":
        from firs.calibration.calibration import KnownTexts
        from firs.calibration.hubness import Hubness

        texts = KnownTexts(self.record.texts) if self.record.bank == "captions" else None
        return Hubness(self.record.biases, self.record.mark, self.record.meaning, texts)


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
