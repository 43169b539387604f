"""The calibrations of a collection on a server, and the texts they can be measured with."""

import secrets
from dataclasses import asdict, replace
from datetime import UTC, datetime

from firs.collection.calibrations import NOBODY, CalibrationRecord, meaning_of
from firs.collection.stores import CAPTIONS, CaptionOf
from firs.milvus.documents import Document, Documents, Note
from firs.milvus.images import captioned_images
from firs.milvus.schema import decode_array, encode_array
from firs.milvus.sessions import SESSION

CALIBRATION = "calibration"


class ServerCalibrations:
    """See ``firs.collection.stores``.

    Args:
        notes: of the collection.
    """

    def __init__(self, notes: Documents) -> None:
        self._notes = notes

    def bank_texts(self, bank: str) -> list[CaptionOf]:
        """Return captions of a random subset of images with their ids, or queries.

        The captions are those of twice as many images as a calibration needs texts, so the amount
        of data read does not grow with the collection.
        """
        return self._captions() if bank == CAPTIONS else self._queries()

    def mark(self, encoder: str) -> str | None:
        """Return an identifier of the calibration of an encoder."""
        return self._notes.stamp(CALIBRATION, encoder)

    def read(self, encoder: str) -> CalibrationRecord | None:
        """What was measured of an encoder's vectors, if it was."""
        for _, (told, mark) in self._notes.get_with_stamps(CALIBRATION, [encoder]):
            return _record(told, mark)
        return None

    def write(self, encoder: str, record: CalibrationRecord) -> CalibrationRecord:
        """Store a calibration in place of any other; return it as stored."""
        at = datetime.now(UTC).replace(microsecond=0)
        kept = replace(record, mark=secrets.token_hex(8), made_at=at)
        self.put(encoder, kept)
        return kept

    def put(self, encoder: str, record: CalibrationRecord) -> None:
        """Keep a record as it is, with its mark and its time."""
        self._notes.write([Note(CALIBRATION, encoder, _document(record), record.mark)])

    def forget(self, encoder: str) -> bool:
        """Remove it; false if there is none."""
        if self.mark(encoder) is None:
            return False
        self._notes.forget(CALIBRATION, [encoder])
        return True

    def _captions(self) -> list[CaptionOf]:
        from firs.calibration.fitting import MOST

        found = captioned_images(self._notes.server, self._notes.name, 2 * MOST)
        return [(image, each["text"]) for image, captions in found for each in captions]

    def _queries(self) -> list[CaptionOf]:
        """Return the text queries of the saved sessions."""
        found = {
            term["text"].strip(" ")
            for key, told in self._notes.each(SESSION)
            if "/" not in key
            for term in told["document"].get("terms", ())
            if term.get("text") is not None and term.get("weight", 0) > 0
        }
        return [(NOBODY, text) for text in sorted(found)]


def _document(record: CalibrationRecord) -> Document:
    return {
        "bank": record.bank,
        "texts": encode_array(record.texts),
        "owners": encode_array(record.owners),
        "meaning": None if record.meaning is None else asdict(record.meaning),
        "revision": record.revision,
        "biases": encode_array(record.biases),
        "made_at": None if record.made_at is None else record.made_at.isoformat(),
    }


def _record(told: Document, mark: str) -> CalibrationRecord:
    return CalibrationRecord(
        told["bank"],
        decode_array(told["texts"]),
        decode_array(told["owners"]),
        None if told["meaning"] is None else meaning_of(dict(told["meaning"])),
        told["revision"],
        decode_array(told["biases"]),
        mark,
        None if told["made_at"] is None else datetime.fromisoformat(told["made_at"]),
    )
