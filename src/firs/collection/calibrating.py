"""``Collection.calibration``: measure and store the correction of the collection's scores."""

from collections.abc import Callable, Sequence

import numpy as np

from firs.collection.calibrations import NO_IMAGE, CalibrationRecord, CalibrationStore
from firs.collection.sessions import SESSION
from firs.collection.store import CaptionOf, Store
from firs.encoders.text import encode_in_batches
from firs.errors import InputError
from firs.storage.documents import Documents
from firs.storage.encoders import AskedEncoders

CAPTIONS, QUERIES, EVERYDAY = "captions", "queries", "everyday"
BANKS = CAPTIONS, QUERIES, EVERYDAY

Progress = Callable[[int, int], None]


class CollectionCalibration:
    """The score calibrations of one collection, one per encoder.

    Args:
        store: the store of the collection.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._calibrations = CalibrationStore(store.documents)

    def fit(
        self,
        bank: str = CAPTIONS,
        encoder: AskedEncoders = None,
        progress: Progress | None = None,
    ) -> CalibrationRecord:
        """Measure the hubness of each image against a text bank, and calibrate the scores.

        Searches and sessions subtract the hubness from text scores afterwards; it is measured again
        when images are added or removed. With captions, the score calibration is fitted too.

        Args:
            bank: which texts: the ``captions`` of the collection, the ``queries`` of its sessions,
                or the ``everyday`` texts that come with QT-FIRS.
            encoder: the encoder to calibrate; by default the one that the collection was opened
                with.
            progress: called with the number of texts encoded and the number to encode.

        Raises:
            InputError: there is no such bank, it has too few texts, or its captions do not match
                their images, as in a language that the encoder does not support.
            CollectionNotFound: the collection is empty.
            EncoderMismatch: there are no embeddings of this encoder, or only of other weights.
            StorageError: the disk is full, read-only or failing; nothing is changed.
        """
        from firs.calibration.calibration import BEST
        from firs.calibration.fitting import measure_hubness, places_of

        if bank not in BANKS:
            raise InputError(f"The banks are {', '.join(BANKS)}; there is no {bank!r}.")
        with self._store.searcher.open_searcher(encoder) as space:
            bank_texts = self._bank_texts(bank)
            texts = encode_in_batches(space.encoder, [text for _, text in bank_texts], progress)
            ids = np.array([id_ for id_, _ in bank_texts], dtype=np.int64)
            telling = texts[ids != NO_IMAGE]  # what scores mean is fitted by these, and their best
            near = space.shortlist_for(telling, ids.tolist(), most=BEST)
            owners = places_of(ids, near.matrix)
            found = measure_hubness(near.matrix, space.name, texts, owners)
            record = CalibrationRecord(
                bank=bank,
                texts=texts[found.bank].astype(np.float16),
                owners=ids[found.bank],
                meaning=found.meaning,
                revision=space.revision,
                biases=found.biases,
            )
            name = space.name
        return self._calibrations.write(name, record)

    def get(self, encoder: AskedEncoders = None) -> CalibrationRecord | None:
        """Return the calibration of an encoder, or None without one.

        Raises:
            CollectionNotFound: the collection is empty.
            EncoderMismatch: there are no embeddings of this encoder, or only of other weights.
        """
        return self._calibrations.read(self._name_of(encoder))

    def forget(self, encoder: AskedEncoders = None) -> bool:
        """Remove the calibration of an encoder; return False if there is none.

        Raises:
            CollectionNotFound: the collection is empty.
            EncoderMismatch: there are no vectors of this encoder, or of other weights.
            StorageError: the disk is full, read-only or failing; nothing is changed.
        """
        return self._calibrations.forget(self._name_of(encoder))

    def _name_of(self, encoder: AskedEncoders) -> str:
        with self._store.searcher.open_searcher(encoder) as space:
            return space.name

    def _bank_texts(self, bank: str) -> list[CaptionOf]:
        """Return the texts of a bank, a sample of them if there are very many."""
        from firs.calibration.defaults import everyday
        from firs.calibration.fitting import MOST

        if bank == CAPTIONS:
            texts = self._store.sample_captions(2 * MOST)
        else:
            known = everyday() if bank == EVERYDAY else query_texts(self._store.documents)
            texts = [(NO_IMAGE, text) for text in known]
        return _some(texts, MOST)


def query_texts(documents: Documents) -> list[str]:
    """Return the text queries of the saved sessions, in alphabetical order."""
    found = {
        term["text"].strip(" ")
        for key, body in documents.each(SESSION)
        if "/" not in key
        for term in body["document"].get("terms", ())
        if term.get("text") is not None and term.get("weight", 0) > 0
    }
    return sorted(found)


def _some(captions: Sequence[CaptionOf], most: int) -> list[CaptionOf]:
    if len(captions) <= most:
        return list(captions)
    chosen = np.random.default_rng(0).choice(len(captions), most, replace=False)
    return [captions[at] for at in np.sort(chosen)]
