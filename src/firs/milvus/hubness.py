"""Hubness correction on a server, from the stored bank of texts.

The bias of an image follows from its own embedding and the bank alone, so it is exact for each
image whose embedding is read; only the mean of all biases is that of the sample. A search needs the
biases of the few images that can enter its result (see ``firs.search.shortlist``). Computed values
are cached, so that images near many queries are read once.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.collection.calibrations import CalibrationRecord, CalibrationStore

if TYPE_CHECKING:
    from firs.calibration.calibration import KnownTexts
    from firs.calibration.hubness import Hubness
    from firs.index.base import Ids, Scores
    from firs.search import EmbeddingMatrix, EmbeddingSearcher
    from firs.search.searcher import Scored
    from firs.search.shortlist import Fetched

MOST_CACHED = 200_000
"""Maximum number of images with cached residuals per encoder, about 40 MB; oldest dropped first."""
_SETTLED = 10.0
"""Seconds after which embeddings of a new revision are read; ``Bounded`` reads lag by 5 s."""


Search: TypeAlias = "Callable[[NDArray[np.float32], NDArray[np.float32], int, Ids | None], Scored]"


_RIDGE, _NOTHING = 0.1, 1e-9
_UNKNOWN = (np.nan, np.nan)
_MARGIN = 2.0
"""Standard deviations by which the lowest residual is assumed to be below that of the sample."""


class CachedHubness:
    """Cache of banks, biases of the sample, and residuals of single images.

    Args:
        calibrations: storage of the banks.
    """

    def __init__(self, calibrations: CalibrationStore) -> None:
        self._calibrations = calibrations
        self._lock = threading.Lock()
        self._banks: dict[str, _Bank] = {}

    def of(self, space: "EmbeddingSearcher", sample: "EmbeddingMatrix") -> "Hubness | None":
        """Return the correction of the scores of a searcher's images, if the encoder is calibrated.

        Args:
            space: searcher with some images in memory.
            sample: sample of all images.
        """
        bank = self._bank(space.name, sample)
        return None if bank is None else bank.hubness(space.matrix)

    def residuals(
        self, space: "EmbeddingSearcher", search: "Search", fetch: "Callable[[Ids], Fetched]"
    ) -> "ImageResiduals | None":
        """Return the residuals of single images by the bank that ``of`` used last.

        Args:
            space: searcher of all images.
            search: see ``firs.search.shortlist.Residuals.search``.
            fetch: returns embeddings of images whose residuals are not cached.
        """
        with self._lock:
            bank = self._banks.get(space.name)
            if bank is None:
                return None
            return ImageResiduals(bank, bank.cache_of(space.revision), search, fetch)

    def _bank(self, encoder: str, sample: "EmbeddingMatrix") -> "_Bank | None":
        stamp = self._calibrations.mark(encoder)
        with self._lock:
            bank = self._banks.get(encoder)
            record = None if bank is None or bank.stamp != stamp else bank.record
            if record is None and stamp is not None:
                record = self._calibrations.read(encoder)
            if record is None or stamp is None:
                self._banks.pop(encoder, None)
                return None
            if bank is None or bank.record is not record or bank.sample is not sample:
                bank = self._banks[encoder] = _Bank(stamp, record, sample)
            return bank


class ImageResiduals:
    """Residuals of single images: see ``firs.search.shortlist.Residuals``.

    Args:
        bank: bank of texts.
        cache: cached residuals.
        search: finds the images with the highest cosines.
        fetch: returns the embeddings of images without cached residuals.
    """

    def __init__(
        self,
        bank: "_Bank",
        cache: "_Cache",
        search: "Search",
        fetch: "Callable[[Ids], Fetched]",
    ) -> None:
        self.search = search
        self.direction = bank.direction
        self.mean_bias = float(bank.of_sample.mean())
        _, residuals = bank.residuals_of_sample
        self.mean = float(residuals.mean())
        self.high = float(residuals.mean() + residuals.std())
        self.lowest = float(residuals.min() - _MARGIN * residuals.std())
        self._bank = bank
        self._cache = cache
        self._fetch = fetch

    def of(self, ids: "Ids") -> "tuple[Scores, Scores]":
        """Return the lengths of images' embeddings, and their residuals; NaN for missing images."""
        found = self._cache.get(ids)
        missing = np.unique(ids[np.isnan(found[:, 0])])
        if len(missing):
            existing, values = self._compute(missing)
            at = np.flatnonzero(np.isin(ids, existing))
            found[at] = values[np.searchsorted(existing, ids[at])]
        return found[:, 0], found[:, 1]

    def _compute(self, ids: "Ids") -> "tuple[Ids, NDArray[np.float32]]":
        from firs.search import EmbeddingMatrix

        existing, vectors = self._fetch(ids)
        if not len(existing):
            return existing, np.empty((0, 2), dtype=np.float32)
        matrix = EmbeddingMatrix(existing, vectors)
        lengths, residuals = self._bank.residuals(matrix, self._bank.biases(matrix))
        self._cache.put(existing, lengths, residuals)
        return existing, np.column_stack([lengths, residuals])


class _Cache:
    """Lengths and residuals of images by their ids, for one revision of the embeddings.

    Values that were read while the revision was new may be of older embeddings; they are dropped.
    """

    def __init__(self, revision: int) -> None:
        self.revision = revision
        self._settled_at = time.monotonic() + _SETTLED
        self._is_settled = False
        self._lock = threading.Lock()
        self._known: dict[int, tuple[float, float]] = {}

    def get(self, ids: "Ids") -> NDArray[np.float32]:
        """Return the cached lengths and residuals, NaN for others: float32 ``(n, 2)``."""
        with self._lock:
            self._settle()
            found = [self._known.get(id_, _UNKNOWN) for id_ in ids.tolist()]
        return np.array(found, dtype=np.float32).reshape(-1, 2)

    def put(self, ids: "Ids", lengths: "Scores", residuals: "Scores") -> None:
        """Add values, in the place of the oldest if there are too many."""
        pairs = zip(lengths.tolist(), residuals.tolist(), strict=True)
        with self._lock:
            self._known |= zip(ids.tolist(), pairs, strict=True)
            for id_ in list(islice(self._known, max(0, len(self._known) - MOST_CACHED))):
                del self._known[id_]

    def _settle(self) -> None:
        if not self._is_settled and time.monotonic() > self._settled_at:
            self._is_settled = True
            self._known.clear()


@dataclass
class _Bank:
    """The texts of a calibration, and the sample of images that it is applied with."""

    stamp: str
    record: CalibrationRecord
    sample: "EmbeddingMatrix"
    _cache: _Cache | None = None

    def cache_of(self, revision: int) -> _Cache:
        """Return the cache of one revision, initially with the images of the sample."""
        if self._cache is None or self._cache.revision != revision:
            self._cache = _Cache(revision)
            self._cache.put(self.sample.ids, *self.residuals_of_sample)
        return self._cache

    def hubness(self, table: "EmbeddingMatrix") -> "Hubness":
        from firs.calibration.hubness import Hubness

        off = self.of_sample if table is self.sample else self.biases(table, self.of_sample)
        meaning, mark = self.record.meaning, self.record.mark
        return Hubness(off, mark, meaning, self._known_texts, table.population)

    def biases(self, table: "EmbeddingMatrix", of_sample: "Scores | None" = None) -> "Scores":
        from firs.calibration.fitting import places_of, update_hubness

        owners = places_of(self.record.owners, table)
        known = None if of_sample is None else (self.sample, of_sample)
        return update_hubness(table, self._texts, owners, known)

    @cached_property
    def of_sample(self) -> "Scores":
        """Return the biases of the sample's images."""
        return self.biases(self.sample)

    def residuals(self, table: "EmbeddingMatrix", biases: "Scores") -> "tuple[Scores, Scores]":
        """Return the lengths of embeddings, and the residuals of their biases."""
        lengths: Scores = np.linalg.norm(table.vectors.astype(np.float32), axis=1)
        residuals: Scores = biases - table.scores(self.direction[np.newaxis])[:, 0]
        return lengths, residuals

    @cached_property
    def residuals_of_sample(self) -> "tuple[Scores, Scores]":
        """Return the same for the sample's images."""
        return self.residuals(self.sample, self.of_sample)

    @cached_property
    def direction(self) -> NDArray[np.float32]:
        """Return the direction that explains most of the sample's biases: float32 ``(dim,)``.

        The mean text, scaled like the biases, plus the solution of a ridge regression.
        """
        from firs.calibration.hubness import WEIGHT

        mean: NDArray[np.float32] = self._texts.mean(axis=0, dtype=np.float32)
        mean *= np.float32(WEIGHT)
        rests = self.of_sample - self.sample.scores(mean[np.newaxis])[:, 0]
        return mean + _ridge(self.sample.vectors.astype(np.float32), rests)

    @cached_property
    def _texts(self) -> NDArray[np.float32]:
        # In column order, so that products do not copy them each time.
        return np.asfortranarray(self.record.texts, dtype=np.float32)

    @cached_property
    def _known_texts(self) -> "KnownTexts | None":
        from firs.calibration.calibration import KnownTexts

        return KnownTexts(self.record.texts) if self.record.bank == "captions" else None


def _ridge(rows: NDArray[np.float32], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the coefficients of values by rows ``(n, dim)``: float32 ``(dim,)``."""
    from firs.search.matrix import product

    away = (rows - rows.mean(axis=0)).T
    scatter = product(away, away).astype(np.float64)
    ridge = max(_RIDGE * float(scatter.diagonal().mean()), _NOTHING)
    slope = np.linalg.solve(scatter + ridge * np.eye(len(scatter)), away @ values)
    return np.asarray(slope, dtype=np.float32)
