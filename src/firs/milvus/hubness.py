"""What is taken off the scores of a shortlist's images, by the texts that a collection keeps.

The bias of an image follows from its own vector and the bank alone, so it is exact for each image
that is at hand; only the mean of all biases is that of the sample.
"""

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from firs.collection.calibrations import CalibrationRecord

if TYPE_CHECKING:
    from firs.calibration.hubness import Hubness
    from firs.calibration.known_texts import KnownTexts
    from firs.index.base import Scores
    from firs.search import EmbeddingMatrix, EmbeddingSearcher


class Calibrations(Protocol):
    """What was measured of each encoder's vectors."""

    def mark(self, encoder: str) -> str | None:
        """What tells its state, which is not read for it; None if nothing was measured."""

    def read(self, encoder: str) -> CalibrationRecord | None:
        """What was measured of an encoder's vectors, if it was."""


class CachedHubness:
    """Holds the bank of each encoder, and the biases of the sample.

    Args:
        calibrations: where banks are kept.
    """

    def __init__(self, calibrations: Calibrations) -> None:
        self._calibrations = calibrations
        self._lock = threading.Lock()
        self._held: dict[str, _Bank] = {}

    def of(self, space: "EmbeddingSearcher", sample: "EmbeddingMatrix") -> "Hubness | None":
        """What is taken off the scores of a space's images, if it was measured.

        Args:
            space: with some images at hand.
            sample: of all images.
        """
        stamp = self._calibrations.mark(space.name)
        with self._lock:
            bank = self._held.get(space.name)
            if stamp is None:
                return None
            if bank is None or bank.stamp != stamp or bank.sample is not sample:
                record = self._calibrations.read(space.name)
                if record is None:
                    return None
                bank = self._held[space.name] = _Bank(stamp, record, sample)
        return bank.hubness(space.matrix)


@dataclass
class _Bank:
    """A calibration, and the sample that it is applied with."""

    stamp: str
    record: CalibrationRecord
    sample: "EmbeddingMatrix"

    def hubness(self, table: "EmbeddingMatrix") -> "Hubness":
        from firs.calibration.hubness import Hubness

        off = self._of_sample if table is self.sample else self._biases(table, self._of_sample)
        meaning, mark = self.record.meaning, self.record.mark
        return Hubness(off, mark, meaning, self._known_texts, table.population)

    def _biases(self, table: "EmbeddingMatrix", of_sample: "Scores | None" = None) -> "Scores":
        from firs.calibration.measuring import places_of, update_hubness

        owners = places_of(self.record.owners, table)
        known = None if of_sample is None else (self.sample, of_sample)
        return update_hubness(table, self._texts, owners, known)

    @cached_property
    def _of_sample(self) -> "Scores":
        return self._biases(self.sample)

    @cached_property
    def _texts(self) -> NDArray[np.float32]:
        return self.record.texts.astype(np.float32)

    @cached_property
    def _known_texts(self) -> "KnownTexts | None":
        from firs.calibration.known_texts import KnownTexts

        return KnownTexts(self.record.texts) if self.record.bank == "captions" else None
