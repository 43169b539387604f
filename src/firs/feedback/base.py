"""The protocol of every feedback method, and its input and result."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.search import EmbeddingMatrix
from firs.search.matrix import PopulationSample, directions_from, population_scores

Places = NDArray[np.int64]
"""int64, positions counted from 0 in the table."""

Scores = NDArray[np.float32]
"""float32 ``(n,)``, of all images of the table, higher is better."""

_NOTHING = 1e-6


class CentredEmbeddings:
    """The images of a table, compared with each other."""

    def __init__(self, table: EmbeddingMatrix) -> None:
        self.table = table

    def __len__(self) -> int:
        return len(self.table)

    def rows(self, places: Places) -> Vectors:
        """The vectors of some images: float32 ``(m, dim)``."""
        return self.table.rows(self.table.ids[places])

    def directions(self, places: Places) -> Vectors:
        """Return unit vectors from the mean image to images: float32 ``(m, dim)``."""
        return directions_from(self.table.image_mean, self.rows(places))

    def likeness(self, directions: Vectors) -> NDArray[np.float32]:
        """How like some directions ``(m, dim)`` every image is.

        Returns:
            float32 ``(n, m)``: cosines of centred vectors, in units of their spread.
        """
        like = self.table.scores(directions)
        like -= directions @ self.table.image_mean
        like /= (self.table.distances_to_mean * np.float32(self.spread))[:, np.newaxis]
        return like

    @property
    def spread(self) -> float:
        """Standard deviation of the centred cosine of two images."""
        return self.table.similarity_spread

    def standardise(self, scores: Scores) -> Scores:
        """Scores of these images, brought to mean 0 and standard deviation 1 over all images."""
        return standardise(scores, self.table.population)


def standardise(scores: Scores, whole: PopulationSample | None = None) -> Scores:
    """Return scores with mean 0 and standard deviation 1; infinite ones are unchanged."""
    population = population_scores(scores, whole)
    known = population[np.isfinite(population)]
    spread = float(np.std(known)) if len(known) else 0.0
    if spread < _NOTHING:
        return np.where(np.isfinite(scores), np.float32(0), scores)
    return np.asarray((scores - known.mean()) / np.float32(spread), dtype=np.float32)


def best(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Return the columns of the highest scores, best first; of equal scores the earlier column.

    Args:
        scores: float32 ``(q, n)``.
        count: from 1 to ``n``.

    Returns:
        int64 ``(q, count)``.
    """
    at = scores.shape[1] - count
    bound = np.partition(scores, at, axis=1)[:, at, np.newaxis]
    above = np.count_nonzero(scores > bound, axis=1)
    equals = scores == bound
    room = np.cumsum(equals, axis=1, dtype=np.int32) <= (count - above)[:, np.newaxis]
    _, taken = np.nonzero((scores > bound) | equals & room)
    columns = taken.reshape(len(scores), count)
    order = np.argsort(-np.take_along_axis(scores, columns, axis=1), axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1)


NO_PLACES: Places = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """What was shown at once, best first, and how it was marked: places in the table.

    Args:
        shown: int64 ``(s,)``.
        relevant: int64, ticked. What was ticked on this page may have been shown before.
        irrelevant: int64, crossed.
        cache: what methods may keep of this page, by a name of their own, for the next rounds.
    """

    shown: Places
    relevant: Places = field(default_factory=lambda: NO_PLACES)
    irrelevant: Places = field(default_factory=lambda: NO_PLACES)
    cache: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    @property
    def is_marked(self) -> bool:
        """Whether there is any mark."""
        return bool(len(self.relevant) or len(self.irrelevant))


@dataclass(frozen=True, slots=True)
class FeedbackInput:
    """The input of a feedback method: a query and its rounds.

    Args:
        query: float32 ``(dim,)``, the query's one vector.
        query_scores: float32 ``(n,)``, what the query alone gives every image; minus infinity where
            an image is not to be found at all.
        previous: the result of the round before.
        pages: the pages shown so far with their marks, the oldest first. No mark is on two pages.
    """

    query: NDArray[np.float32]
    query_scores: Scores
    previous: "FeedbackResult"
    pages: Sequence[Page] = ()

    @property
    def relevant(self) -> Places:
        """All that is ticked, the oldest first."""
        return np.concatenate([NO_PLACES, *(page.relevant for page in self.pages)])

    @property
    def irrelevant(self) -> Places:
        """All that is crossed, the oldest first."""
        return np.concatenate([NO_PLACES, *(page.irrelevant for page in self.pages)])

    @property
    def is_marked(self) -> bool:
        """Whether there is any mark."""
        return any(page.is_marked for page in self.pages)


@dataclass(frozen=True, slots=True)
class FeedbackResult:
    """The next ranking.

    Args:
        scores: float32 ``(n,)``, of all images.
        summary: in one line, what was done and why.
        query_vector: float32 ``(dim,)``, the query's vector, if the method moved it.
        still_likely: effective number of unseen images that may be the target, if the method
            computes probabilities.
    """

    scores: Scores
    summary: str
    query_vector: NDArray[np.float32] | None = None
    still_likely: float | None = None


@runtime_checkable
class Feedback(Protocol):
    """What was marked → the next ranking; a method's parameters are its fields.

    Every method has the field ``strength``: how much the marks count next to the query, 1 as a
    rule, 0 not at all.
    """

    @property
    def strength(self) -> float:
        """How much the marks count."""

    @property
    def reads_marks(self) -> bool:
        """True if marks change the result; False for methods that work without them."""

    def rerank(self, feedback: FeedbackInput, images: CentredEmbeddings) -> FeedbackResult:
        """Score all images again.

        Args:
            feedback: the query, the pages shown so far and their marks.
            images: embeddings of all images.

        Returns:
            Scores, float32 ``(n,)``, finite where ``feedback.query_scores`` is, and a summary.

        Raises:
            InputError: the method needs something that the feedback lacks.
        """


def mean_direction(images: CentredEmbeddings, places: Places) -> Vectors:
    """The centroid of some images' directions, float32 ``(1, dim)``; zero where there are none."""
    directions = images.directions(places)
    if not len(places):
        return np.zeros((1, directions.shape[1]), dtype=np.float32)
    return np.asarray(directions.mean(axis=0, keepdims=True), dtype=np.float32)


def count_of(number: int, what: str) -> str:
    """A number of something, in words.

    >>> count_of(1, "tick"), count_of(2, "cross")
    ('1 tick', '2 crosses')
    """
    many = "es" if what.endswith("s") else "s"
    return f"{number} {what if number == 1 else what + many}"
