"""Strategies with corrected scores: without hubness, centred, and expanded by captions.

Captions of an expansion are those of the evaluation set that are entries of its collection: as
in the paper on one scale with the images, on a separate scale, or as texts that move their images.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from firs.calibration.defaults import everyday
from firs.calibration.hubness import WEIGHT, K, biases
from firs.collection.expansion_builder import FLOOR_TEXTS
from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.measures import Indices
from firs.evaluation.searchers import CorrectedSearcher, EntrySearcher, Searcher
from firs.evaluation.strategies import SearchStrategy
from firs.expansion import Captions, Expansion, Moves
from firs.expansion.captions import fit_balance
from firs.expansion.moves import STEP, towards
from firs.search import EmbeddingMatrix
from firs.search.matrix import EVERYDAY as TYPICAL
from firs.search.matrix import directions_from

CAPTIONS, EVERYDAY = BANKS = "captions", "everyday"
FLOATS, HUBNESS = BASES = "none", "hubness"


@dataclass(frozen=True, slots=True)
class HubnessRemoved(SearchStrategy):
    """``hubness``: cosine minus each image's bias (see ``firs.calibration.hubness``).

    Args:
        k: how many texts of the bank count for an image.
        weight: how much of the bias is subtracted.
        bank: ``captions``, those in the collection and those of images that are no query target;
            or ``everyday``, the bank that comes with QT-FIRS.

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

    def searcher(self, evaluation_set: EvaluationSet) -> Searcher:
        """Subtract the biases.

        Raises:
            InputError: the evaluation set has nothing of such a bank.
        """
        texts, owners = (
            (evaluation_set.encode_texts(everyday()), None)
            if self.bank == EVERYDAY
            else caption_bank(evaluation_set)
        )
        bias = biases(evaluation_set.images, texts, owners, k=self.k, weight=self.weight)
        return CorrectedSearcher(evaluation_set.images, lambda _, cosines: cosines - bias)


@dataclass(frozen=True, slots=True)
class Centred(SearchStrategy):
    """``centred``: texts relative to the mean of texts, images to the mean of images."""

    def searcher(self, evaluation_set: EvaluationSet) -> Searcher:
        """Compare directions from the means."""
        text_mean = evaluation_set.views[0].text_mean
        return CorrectedSearcher(
            directions_from(evaluation_set.images.mean(axis=0), evaluation_set.images),
            transform=lambda queries: directions_from(text_mean, queries),
        )


@dataclass(frozen=True, slots=True)
class CaptionEntries(SearchStrategy):
    """``entries``: captions represent their images, mixed naively as in the paper.

    Args:
        hot: share of the images with captions that keep them, drawn at random.
    """

    hot: float = 1.0

    def searcher(self, evaluation_set: EvaluationSet) -> Searcher:
        """Compare images and captions.

        Raises:
            InputError: no captions are in the collection.
        """
        return EntrySearcher(restrict_expansion(evaluation_set, self.hot))


@dataclass(frozen=True, slots=True)
class _ExpansionStrategy(SearchStrategy):
    """An expansion of cosines, or of cosines without hubness."""

    hot: float = 1.0
    over: str = FLOATS

    def __post_init__(self) -> None:
        if self.over not in BASES:
            raise InputError(
                f"Scores are expanded over {' or '.join(BASES)}, not over {self.over!r}."
            )

    def searcher(self, evaluation_set: EvaluationSet) -> Searcher:
        """Expand all images' scores.

        Raises:
            InputError: no captions are in the collection.
        """
        expansion = self._expand(evaluation_set, restrict_expansion(evaluation_set, self.hot))
        images = evaluation_set.images
        bias = biases(images, *caption_bank(evaluation_set)) if self.over == HUBNESS else 0
        return CorrectedSearcher(
            images, lambda queries, cosines: expansion.of_many(queries, cosines - bias)
        )

    def _expand(self, evaluation_set: EvaluationSet, hot: EvaluationSet) -> Expansion:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class SeparateCaptions(_ExpansionStrategy):
    """``expanded``: captions represent their images, with a score scale of their own.

    Args:
        hot: share of the images with captions that keep them, drawn at random.
        over: ``none``, or ``hubness`` subtracted from the images' scores.
    """

    def _expand(self, evaluation_set: EvaluationSet, hot: EvaluationSet) -> Expansion:
        order = np.argsort(hot.indexed_owners, kind="stable")
        parts = (
            hot.indexed_vectors[order],
            hot.indexed_owners[order],
            _encode_if_possible(evaluation_set, TYPICAL),
        )
        images = EmbeddingMatrix(np.arange(len(evaluation_set.images)), evaluation_set.images)
        return Expansion(captions=Captions(*parts, fit_balance(Captions(*parts), images)))


@dataclass(frozen=True, slots=True)
class MovedImages(_ExpansionStrategy):
    """``moved``: images moved towards their captions, as if accepted for those.

    Args:
        hot: share of the images with captions that move, drawn at random.
        over: ``none``, or ``hubness`` subtracted from the images' scores.
        step: degrees per caption.
    """

    step: float = STEP

    def _expand(self, evaluation_set: EvaluationSet, hot: EvaluationSet) -> Expansion:
        text_mean = evaluation_set.views[0].text_mean
        floor = _encode_if_possible(evaluation_set, everyday()[:FLOOR_TEXTS])
        texts = np.concatenate([floor, hot.indexed_vectors])
        moves = {}
        for image in np.unique(hot.indexed_owners).tolist():
            captions = hot.indexed_vectors[hot.indexed_owners == image]
            move = towards(captions, text_mean, texts, self.step)
            if move is not None:
                moves[image] = move
        return Expansion(moves=Moves(np.array(list(moves), dtype=np.int64), list(moves.values())))


def caption_bank(evaluation_set: EvaluationSet) -> tuple[Vectors, Indices]:
    """Return the captions in the collection and those of images without a query.

    Returns:
        Their embeddings, and the image of each.

    Raises:
        InputError: there are none.
    """
    owners = evaluation_set.dataset.owners
    captions = np.union1d(
        evaluation_set.indexed, np.flatnonzero(~np.isin(owners, evaluation_set.groups))
    )
    if not len(captions):
        raise InputError(
            "There are no captions for a bank: use one half of them as queries (--query-split "
            "report), or add some to the collection (indexed_captions = 2)."
        )
    return evaluation_set.encode_captions(captions), owners[captions]


def hot_images(evaluation_set: EvaluationSet, share: float) -> Indices:
    """Draw a share of the images with captions in the collection, always the same, rising.

    Raises:
        InputError: the share is not above 0 and up to 1, or no captions are in the collection.
    """
    if not 0 < share <= 1:
        raise InputError(f"The share of hot images is above 0 and up to 1, not {share}.")
    images = np.unique(evaluation_set.indexed_owners)
    if not len(images):
        raise InputError(
            "This needs captions that are entries of the collection; set how many of each image's "
            "captions are (indexed_captions = 2)."
        )
    drawn = np.random.default_rng(1).permutation(images)[: max(1, int(share * len(images)))]
    return np.sort(drawn)


def restrict_expansion(evaluation_set: EvaluationSet, share: float) -> EvaluationSet:
    """Return the same with only the captions of hot images in the collection."""
    is_hot = np.isin(evaluation_set.indexed_owners, hot_images(evaluation_set, share))
    return replace(
        evaluation_set,
        indexed=evaluation_set.indexed[is_hot],
        indexed_vectors=evaluation_set.indexed_vectors[is_hot],
    )


def _encode_if_possible(evaluation_set: EvaluationSet, texts: Sequence[str]) -> Vectors:
    """Return vectors of texts; none if vectors were made elsewhere, where captions must do."""
    if evaluation_set.collection is None:
        return evaluation_set.images[:0]
    return evaluation_set.encode_texts(texts)
