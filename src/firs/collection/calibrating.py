"""``Collection.calibrate``: what its scores are set right by, measured and kept."""

import sqlite3
from collections.abc import Callable, Sequence

import numpy as np

from firs.collection import calibrations
from firs.collection.calibrations import NOBODY, CalibrationRecord
from firs.collection.database import Database
from firs.collection.encoding import AskedEncoders
from firs.collection.finding import Finding
from firs.encoders.parts import encode_in_parts
from firs.errors import InputError

CAPTIONS, QUERIES, EVERYDAY = BANKS = "captions", "queries", "everyday"

Told = tuple[int, str]
"""An image's id, or ``NOBODY``, and what is told of it."""

Progress = Callable[[int, int], None]


class Calibrated:
    """What a collection does to set its scores right."""

    _database: Database
    _finding: Finding

    def calibrate(
        self,
        bank: str = CAPTIONS,
        encoder: AskedEncoders = None,
        progress: Progress | None = None,
    ) -> CalibrationRecord:
        """Measure how near each image is to texts of all kinds, and what scores mean."""
        from firs.calibration.measuring import measured, places_of

        if bank not in BANKS:
            raise InputError(f"The banks are {', '.join(BANKS)}; there is no {bank!r}.")
        with self._finding.space(encoder, None) as space:
            told = self._told(bank)
            texts = encode_in_parts(space.encoder, [text for _, text in told], progress)
            ids = np.array([id_ for id_, _ in told], dtype=np.int64)
            owners = places_of(ids, space.table)
            found = measured(space.table, space.name, texts, owners)
            record = CalibrationRecord(
                bank=bank,
                texts=texts[found.bank].astype(np.float16),
                owners=ids[found.bank],
                meaning=found.meaning,
                revision=space.revision,
                biases=found.biases,
            )
            name = space.name
        with self._database.noting() as connection:
            calibrations.write(connection, name, record)
            return calibrations.read(connection, name)

    def calibration(self, encoder: AskedEncoders = None) -> CalibrationRecord | None:
        """What ``calibrate`` measured of an encoder's vectors, if it did."""
        name = self._name_of(encoder)
        with self._database.reading() as connection:
            known = calibrations.mark_of(connection, name)
            return None if known is None else calibrations.read(connection, name)

    def forget_calibration(self, encoder: AskedEncoders = None) -> bool:
        """Search as if ``calibrate`` had never been called; false if it was not."""
        name = self._name_of(encoder)
        with self._database.noting() as connection:
            return calibrations.forget(connection, name)

    def _name_of(self, encoder: AskedEncoders) -> str:
        with self._finding.space(encoder, None) as space:
            return space.name

    def _told(self, bank: str) -> list[Told]:
        """The texts of a bank, some of them where there are very many."""
        from firs.calibration.bank import everyday
        from firs.calibration.measuring import MOST

        if bank == EVERYDAY:
            told = [(NOBODY, text) for text in everyday()]
        else:
            with self._database.reading() as connection:
                told = _captions(connection) if bank == CAPTIONS else _queries(connection)
        return _some(told, MOST)


def _captions(connection: sqlite3.Connection) -> list[Told]:
    return connection.execute("SELECT image_id, text FROM caption ORDER BY id").fetchall()


def _queries(connection: sqlite3.Connection) -> list[Told]:
    """What was asked in words in the sessions that are saved."""
    rows = connection.execute(
        "SELECT DISTINCT trim(json_extract(term.value, '$.text')) AS text "
        "FROM session, json_each(document, '$.terms') AS term "
        "WHERE text IS NOT NULL AND json_extract(term.value, '$.weight') > 0 ORDER BY text"
    )
    return [(NOBODY, text) for (text,) in rows]


def _some(told: Sequence[Told], most: int) -> list[Told]:
    if len(told) <= most:
        return list(told)
    chosen = np.random.default_rng(0).choice(len(told), most, replace=False)
    return [told[at] for at in np.sort(chosen)]
