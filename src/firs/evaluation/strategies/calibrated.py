"""Strategies of one round with scores put right: hubness taken off, and each kind centred."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from firs.calibration.defaults import everyday
from firs.calibration.hubness import WEIGHT, K, biases
from firs.encoders.base import Vectors
from firs.encoders.text import encode_in_batches
from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.ranks import Places, ScoreRows
from firs.evaluation.searchers import FloatSearcher
from firs.evaluation.strategies.base import Started, plain
from firs.feedback.base import best
from firs.index.base import Ids, Scores
from firs.search.matrix import directions_from, product

CAPTIONS, EVERYDAY = BANKS = "captions", "everyday"


@dataclass(frozen=True, slots=True)
class HubnessOff:
    """``hubness``: each image's bias taken off its scores (see ``firs.calibration.hubness``).

    Args:
        k: how many texts of the bank count for an image.
        weight: how much is taken off.
        bank: ``captions``, those that joined the collection and those of images that nothing asked
            is of; or ``everyday``, the bank that comes with QT-FIRS.

    Raises:
        InputError: there is no such bank, or ``k`` is below 1.
    """

    k: int = K
    weight: float = WEIGHT
    bank: str = CAPTIONS

    def __post_init__(self) -> None:
        if self.bank not in BANKS or self.k < 1:
            raise InputError(
                f"The bank is one of {', '.join(BANKS)} and k 1 or more, "
                f"not bank={self.bank}, k={self.k}."
            )

    def start(self, evaluation_set: EvaluationSet) -> Started:
        """One round.

        Raises:
            InputError: the evaluation set has nothing of such a bank.
        """
        texts, owners = (
            (encode_texts(evaluation_set, everyday()), None)
            if self.bank == EVERYDAY
            else bank_of(evaluation_set)
        )
        off = biases(evaluation_set.images, texts, owners, k=self.k, weight=self.weight)
        return plain(_RescoredSearcher(evaluation_set.images, off=off), evaluation_set)


@dataclass(frozen=True, slots=True)
class Centred:
    """``centred``: texts are seen from the middle of texts, images from the middle of images."""

    def start(self, evaluation_set: EvaluationSet) -> Started:
        """One round."""
        view = evaluation_set.views[0]
        images = directions_from(evaluation_set.images.mean(axis=0), evaluation_set.images)
        return plain(
            _RescoredSearcher(images, lambda queries: directions_from(view.middle, queries)),
            evaluation_set,
        )


class _RescoredSearcher(FloatSearcher):
    """Cosine in float32, of queries that are changed beforehand, less each image's bias."""

    def __init__(
        self,
        vectors: Vectors,
        change: Callable[[Vectors], Vectors] = lambda queries: queries,
        off: Scores | None = None,
    ) -> None:
        super().__init__(vectors)
        self._change = change
        self._off = np.zeros(len(vectors), np.float32) if off is None else off

    def scores(self, queries: Vectors) -> ScoreRows:
        """All images' scores, float32 ``(q, images)``."""
        return super().scores(self._change(queries)) - self._off

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        """The ``k`` best images' places and scores, of all images' scores."""
        rows = product(self._vectors, self._change(queries)).T - self._off
        places = best(rows, min(k, rows.shape[1]))
        return places, np.take_along_axis(rows, places, axis=1)


def bank_of(evaluation_set: EvaluationSet) -> tuple[Vectors, Places]:
    """Return the captions that joined the collection and those of images without a query.

    Returns:
        Their embeddings, and the image of each.

    Raises:
        InputError: there are none.
    """
    owners = evaluation_set.dataset.owners
    places = np.union1d(
        evaluation_set.joined, np.flatnonzero(~np.isin(owners, evaluation_set.groups))
    )
    if not len(places):
        raise InputError(
            "There are no captions for a bank: ask for one half of them (--query-split report), or "
            "let some join the collection (indexed_captions = 2)."
        )
    return _captions(evaluation_set, places), owners[places]


def _captions(evaluation_set: EvaluationSet, places: Places) -> Vectors:
    vectors = evaluation_set.dataset.caption_vectors
    if vectors is not None:
        return vectors[places]
    return encode_texts(
        evaluation_set, [evaluation_set.dataset.captions[place] for place in places]
    )


def encode_texts(evaluation_set: EvaluationSet, texts: Sequence[str]) -> Vectors:
    """The vectors of texts by the encoder of the evaluation set.

    Raises:
        InputError: the evaluation set is of vectors made elsewhere.
    """
    if evaluation_set.collection is None:
        raise InputError("Vectors made elsewhere come without an encoder for other texts.")
    with evaluation_set.collection.open_searcher() as space:
        return encode_in_batches(space.encoder, texts)
