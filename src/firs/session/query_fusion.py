"""The old query and what refines it, both searched, and fused: neither replaces the other.

    s(d) = z_old(d) + λ · Σ_t w_t · z_t(d)

Scores are brought to one scale by their mean and standard deviation over the collection (z-score,
see ``firs.fusion.ballots``). The paper searched by the refined query alone, and lost
12 points of R@5.
"""

from collections.abc import Sequence

import numpy as np

from firs.feedback import CentredEmbeddings
from firs.feedback.base import Scores, standardise
from firs.feedback.pseudo import best
from firs.search.population import PopulationSample
from firs.search.searcher import Vector
from firs.session.attribution import Push
from firs.session.context import Question

STRENGTH = 0.2
"""λ, for what a person took: more of a single word harms long queries (docs/refinement.md)."""

_NOTHING = 1e-6


def term_scores(images: CentredEmbeddings, vector: Vector, weight: float) -> Scores:
    """Return a vector's standardised cosines times a weight, float32 ``(n,)``."""
    scores = images.table.scores(vector[np.newaxis])[:, 0]
    return (np.float32(weight) * images.standardise(scores)).astype(np.float32)


def fuse_scores(
    old: Scores,
    pushes: Sequence[Scores],
    first: int | None = None,
    whole: PopulationSample | None = None,
) -> Scores:
    """The scores of all images by both, float32 ``(n,)``.

    Args:
        old: float32 ``(n,)``, by the old query; minus infinity where one is left out.
        pushes: float32 ``(n,)`` each, what is added to the old scores when these are standardised.
        first: how many of the first images may change places, all of them among themselves;
            without it, all may.
        whole: the sample that represents all images, if not all are known.
    """
    before = standardise(old, whole)
    new: Scores = np.sum([before, *pushes], axis=0, dtype=np.float32)
    if first is None or first >= len(old):
        return new
    head = best(old[np.newaxis], first)[0]
    behind = np.ones(len(old), dtype=bool)
    behind[head] = False
    above = before[behind].max()
    new[head] += max(np.float32(0), above + 1 - new[head].min())
    new[behind] = before[behind]
    return new


def move_query(old: Vector, vectors: Sequence[Vector], weights: Sequence[float]) -> Vector:
    """The query's one vector with what was added in it, float32 ``(dim,)``, of length 1."""
    total = np.asarray([1.0, *weights], dtype=np.float32) @ np.stack([old, *vectors])
    length = float(np.linalg.norm(total))
    return total / np.float32(length) if length > _NOTHING else old


def refine_question(
    question: Question,
    pushes: Sequence[Push],
    vectors: Sequence[Vector],
    weights: Sequence[float],
    whole: PopulationSample | None = None,
) -> Question:
    """A question with what was added to it."""
    return Question(
        move_query(question.vector, vectors, weights),
        fuse_scores(question.query_scores, [each.scores for each in pushes], whole=whole),
    )
