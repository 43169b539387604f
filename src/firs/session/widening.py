"""Update of the shortlist in a round, if not all images are in memory.

Marks and added terms lead to images that are not near the original query. So the moved query is
searched again, and its nearest images join the ranking. It is moved by Rocchio's formula (see
``firs.feedback.rocchio``), whatever method then ranks:

    q' = q/σ_q + λ·(β·mean(ticks) − γ·mean(crosses)) / (σ·r)

σ_q is the standard deviation of the query's scores and σ that of similarity; r is the mean distance
of images to the mean image, and λ the strength of the marks.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from firs.encoders import Vectors
from firs.feedback import CentredEmbeddings
from firs.feedback.base import mean_direction
from firs.feedback.field import Scores
from firs.feedback.rocchio import Rocchio
from firs.search.space import Vector
from firs.session.ground import SearchContext
from firs.session.marks import CurrentMark

_NOTHING = 1e-6


def with_marks(ground: SearchContext, held: Mapping[int, CurrentMark]) -> SearchContext:
    """The ground with all images at hand that are marked."""
    return ground.expand_shortlist(ids=list(held))


def by_marks(
    ground: SearchContext, query: Vector, held: Mapping[int, CurrentMark], strength: float
) -> SearchContext:
    """The ground with what is near to a query that moved by the marks."""
    if ground.remote is None or not held:
        return ground
    images, usual = ground.images, Rocchio()
    ticks = [id_ for id_, mark in held.items() if mark.kind != "irrelevant"]
    crosses = [id_ for id_, mark in held.items() if mark.kind == "irrelevant"]
    towards = usual.beta * _middle(images, ticks) - usual.gamma * _middle(images, crosses)
    reach = images.spread * float(images.table.distances_to_mean.mean())
    return ground.expand_shortlist(
        _unit(_scale(images, query) + towards[0] * np.float32(strength / reach))
    )


def by_words(
    ground: SearchContext, query: Vector, added: Sequence[Vector], weights: Sequence[float]
) -> SearchContext:
    """The ground with what is near to a query and to what was added to it."""
    if ground.remote is None:
        return ground
    images = ground.images
    pulls = [weight * _scale(images, each) for each, weight in zip(added, weights, strict=True)]
    return ground.expand_shortlist(_unit(np.sum([_scale(images, query), *pulls], axis=0)))


def pad_scores(scores: Scores, count: int) -> Scores:
    """Scores of ``count`` images, of which the last ones, that came since, tie for the last place.

    What was not near enough to the query to be at hand is no better than what was.
    """
    if len(scores) == count:
        return scores
    known = scores[np.isfinite(scores)]
    last = known.min() if len(known) else -np.inf
    return np.append(scores, np.full(count - len(scores), last, dtype=np.float32))


def _middle(images: CentredEmbeddings, ids: Sequence[int]) -> Vectors:
    return mean_direction(images, images.table.positions(np.array(ids, dtype=np.int64)))


def _scale(images: CentredEmbeddings, vector: Vector) -> Vector:
    """A vector so long that its scores have spread 1."""
    return vector / np.float32(max(images.table.spread(vector), _NOTHING))


def _unit(vector: Vector) -> Vectors | None:
    """The vector at length 1 as float32 ``(1, dim)``; None where nothing is left of it."""
    length = np.float32(np.linalg.norm(vector))
    return (vector / length)[np.newaxis] if length > _NOTHING else None
