"""Strategies of a collection that learns: captions as entries on their own scale, moved images."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from firs.calibration.defaults import everyday
from firs.calibration.hubness import biases
from firs.collection.expansion_builder import FLOOR_TEXTS
from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.ranks import Places, ScoreRows
from firs.evaluation.searchers import FloatSearcher
from firs.evaluation.strategies.base import Started, plain
from firs.evaluation.strategies.calibrated import bank_of, encode_texts
from firs.expansion import Captions, Expansion, Moves
from firs.expansion.captions import fit_balance
from firs.expansion.moves import STEP, towards
from firs.feedback.base import best
from firs.index.base import Ids, Scores
from firs.search import EmbeddingMatrix
from firs.search.matrix import EVERYDAY

FLOATS, HUBNESS = BASES = "none", "hubness"


@dataclass(frozen=True, slots=True)
class SeparateCaptions:
    """``expanded``: joined captions represent their images, with a score scale of their own.

    Args:
        hot: share of the images with captions that keep them, drawn by chance.
        over: ``none``, or ``hubness`` taken off the images' scores.
    """

    hot: float = 1.0
    over: str = FLOATS

    def __post_init__(self) -> None:
        require_base(self.over)

    def start(self, evaluation_set: EvaluationSet) -> Started:
        """One round.

        Raises:
            InputError: no captions have joined.
        """
        told = restrict_expansion(evaluation_set, self.hot)
        order = np.argsort(told.expansion_owners, kind="stable")
        given = (
            vectors_of_joined(told)[order],
            told.expansion_owners[order],
            _texts(evaluation_set, EVERYDAY),
        )
        balance = fit_balance(
            Captions(*given),
            EmbeddingMatrix(np.arange(len(evaluation_set.images)), evaluation_set.images),
        )
        captions = Captions(*given, balance)
        return plain(
            QueryMovesSearcher(evaluation_set, self.over, Expansion(captions=captions)),
            evaluation_set,
        )


@dataclass(frozen=True, slots=True)
class MovedImages:
    """``moved``: images moved towards the captions that joined, as if accepted for those.

    Args:
        step: degrees a caption.
        hot: share of the images with captions that move, drawn by chance.
        over: ``none``, or ``hubness`` taken off the images' scores.
    """

    step: float = STEP
    hot: float = 1.0
    over: str = FLOATS

    def __post_init__(self) -> None:
        require_base(self.over)

    def start(self, evaluation_set: EvaluationSet) -> Started:
        """One round.

        Raises:
            InputError: no captions have joined.
        """
        told = restrict_expansion(evaluation_set, self.hot)
        queries, middle = vectors_of_joined(told), evaluation_set.views[0].middle
        texts = np.concatenate([_texts(evaluation_set, everyday()[:FLOOR_TEXTS]), queries])
        moves = {
            image: towards(queries[told.expansion_owners == image], middle, texts, self.step)
            for image in np.unique(told.expansion_owners).tolist()
        }
        there = {image: move for image, move in moves.items() if move is not None}
        moved = Moves(np.array(list(there), dtype=np.int64), list(there.values()))
        return plain(
            QueryMovesSearcher(evaluation_set, self.over, Expansion(moves=moved)), evaluation_set
        )


class QueryMovesSearcher(FloatSearcher):
    """Cosine in float32, with an expansion put onto all images' scores."""

    def __init__(self, evaluation_set: EvaluationSet, over: str, expansion: Expansion) -> None:
        super().__init__(evaluation_set.images)
        self._off = (
            biases(evaluation_set.images, *bank_of(evaluation_set))
            if over == HUBNESS
            else np.zeros(len(evaluation_set.images), np.float32)
        )
        self._expansion = expansion

    def scores(self, queries: Vectors) -> ScoreRows:
        """All images' scores, float32 ``(q, images)``."""
        return self._expansion.of_many(queries, super().scores(queries) - self._off)

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        """The ``k`` best images' places and scores, of all images' scores."""
        rows = self.scores(queries)
        places = best(rows, min(k, rows.shape[1]))
        return places, np.take_along_axis(rows, places, axis=1)


def require_base(over: str) -> None:
    """Make sure that scores of that kind can be expanded.

    Raises:
        InputError: they cannot.
    """
    if over not in BASES:
        raise InputError(f"Scores are expanded over {' or '.join(BASES)}, not over {over!r}.")


def hot_images(evaluation_set: EvaluationSet, share: float) -> Places:
    """Some of the images with captions that joined, drawn by chance and always the same: rising.

    Raises:
        InputError: the share is not above 0 and up to 1, or no captions have joined.
    """
    if not 0 < share <= 1:
        raise InputError(f"The share of hot images is above 0 and up to 1, not {share}.")
    images = np.unique(evaluation_set.expansion_owners)
    if not len(images):
        raise InputError(
            "This needs captions that join the collection; say how many of each image's captions "
            "do (indexed_captions = 2)."
        )
    drawn = np.random.default_rng(1).permutation(images)[: max(1, int(share * len(images)))]
    return np.sort(drawn)


def restrict_expansion(evaluation_set: EvaluationSet, share: float) -> EvaluationSet:
    """Return the same with the captions that joined of hot images alone."""
    kept = np.isin(evaluation_set.expansion_owners, hot_images(evaluation_set, share))
    return replace(
        evaluation_set,
        joined=evaluation_set.joined[kept],
        joined_vectors=vectors_of_joined(evaluation_set)[kept],
    )


def vectors_of_joined(evaluation_set: EvaluationSet) -> Vectors:
    """float32 ``(j, dim)``; none where no captions have joined."""
    vectors = evaluation_set.joined_vectors
    return evaluation_set.images[:0] if vectors is None else vectors


def _texts(evaluation_set: EvaluationSet, texts: Sequence[str]) -> Vectors:
    """Their vectors; none where vectors were made elsewhere, and captions must do."""
    return (
        evaluation_set.images[:0]
        if evaluation_set.collection is None
        else encode_texts(evaluation_set, texts)
    )
