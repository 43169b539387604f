"""Texts that were asked or told of a collection → what its scores are set right by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firs.calibration.calibration import Calibration
from firs.calibration.fitting import ENOUGH, fit_calibration
from firs.calibration.hubness import biases
from firs.calibration.known_texts import KnownTexts
from firs.calibration.shipped import default_calibration
from firs.encoders import Vectors
from firs.errors import InputError
from firs.index.base import Ids, Scores
from firs.search import EmbeddingMatrix
from firs.search.whole import population_scores

MOST = 2_000
"""Texts that a bank holds; drawn by chance where there are more."""
FITTED = 0.25
"""Share of captions, whole images' at a time, that are kept out of the bank to fit by."""
LEAST = 0.5
"""Spreads that captions' own images must stand above others, or the encoder does not read them."""

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class HubnessMeasurement:
    """What ``measured`` found; ``bank`` holds the places of the texts that the biases are of."""

    biases: Scores
    bank: Places
    meaning: Calibration | None


def measure_hubness(
    table: EmbeddingMatrix, encoder: str, texts: Vectors, owners: Places
) -> HubnessMeasurement:
    """Measure how much of a hub each image is, and what scores mean without that.

    Args:
        table: all images, or the texts' own, those nearest to the texts and a sample.
        encoder: the name of what made the vectors.
        texts: float32 ``(m, dim)``: captions, queries, or what is asked in general.
        owners: int64 ``(m,)``, the place of the image that each tells of, -1 for none.

    Raises:
        InputError: there are fewer than ``ENOUGH`` texts, or captions that say nothing of their
            images, as in a language that the encoder does not read.
    """
    if len(texts) < ENOUGH:
        raise InputError(
            f"A bank needs {ENOUGH} texts or more, and here are {len(texts)}. Captions come with: "
            f"firs index DIR --captions FILE"
        )
    _require_understood(table, texts, owners)
    kept, bank = _split(owners)
    off = biases(table.vectors, texts[bank], owners[bank])
    if not len(kept):
        return HubnessMeasurement(off, bank, None)
    known = KnownTexts(texts[bank])
    meaning = fit_calibration(
        table.vectors,
        texts[kept],
        owners[kept],
        default_calibration(encoder),
        off,
        known,
        table.population,
    )
    return HubnessMeasurement(off, bank, meaning)


def update_hubness(
    table: EmbeddingMatrix,
    texts: Vectors,
    owners: Places,
    known: tuple[EmbeddingMatrix, Scores] | None = None,
) -> Scores:
    """The biases by the same bank when images have changed: float32 ``(n,)``.

    Args:
        table: all images.
        texts: float32 ``(m, dim)``, the bank.
        owners: int64 ``(m,)``, the place of the image that each tells of, -1 for none.
        known: the images as they were and their biases, which those that have not changed keep.
    """
    off = np.zeros(len(table), dtype=np.float32)
    new = np.ones(len(table), dtype=bool)
    if known is not None:
        before, biases_before = known
        at = places_of(table.ids, before)
        new = (at < 0) | np.any(before.vectors[at] != table.vectors, axis=1)
        off[~new] = biases_before[at[~new]]
    places = np.where(new, np.cumsum(new) - 1, -1)
    off[new] = biases(table.vectors[new], texts, np.where(owners < 0, -1, places[owners]))
    return off


def places_of(ids: Ids, table: EmbeddingMatrix) -> Places:
    """Where images stand in a table: int64, -1 for those that are not there."""
    places = np.full(len(ids), -1, dtype=np.int64)
    there = np.isin(ids, table.ids)
    places[there] = table.positions(ids[there])
    return places


def _split(owners: Places) -> tuple[Places, Places]:
    """All those of some images, to fit by if they are enough and not most, and all others."""
    telling = np.flatnonzero(owners >= 0)
    images, nth = np.unique(owners[telling], return_inverse=True)
    turns = np.random.default_rng(0).permutation(len(images))[nth]
    count = int(FITTED * len(telling))
    if count < ENOUGH:
        return telling[:0], np.arange(len(owners))
    kept = telling[turns <= np.sort(turns)[count - 1]]
    kept = kept if 2 * len(kept) <= len(telling) else telling[:0]
    return kept, np.setdiff1d(np.arange(len(owners)), kept)


def _require_understood(table: EmbeddingMatrix, captions: Vectors, owners: Places) -> None:
    """Make sure that captions stand nearer to their own images than to others."""
    telling = np.flatnonzero(owners >= 0)
    if not len(telling):
        return
    scores = table.scores(captions[telling])
    own = scores[owners[telling], np.arange(len(telling))]
    seen = population_scores(scores.T, table.population).T
    ahead = float(((own - seen.mean(axis=0)) / np.maximum(seen.std(axis=0), 1e-9)).mean())
    if ahead < LEAST:
        raise InputError(
            "The captions say nothing of their images to this encoder; are they in another "
            "language? Use an encoder that reads it: firs encoders"
        )
