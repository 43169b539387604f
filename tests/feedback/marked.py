"""Images, a query and marks, as a method of feedback is told of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from firs.feedback import CentredEmbeddings, FeedbackInput, FeedbackResult, Page
from firs.feedback.base import Places
from firs.search import EmbeddingMatrix


def units(count: int, dim: int = 16, seed: int = 0) -> NDArray[np.float32]:
    """Vectors that lean to one side, as those of images do."""
    vectors = np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)
    vectors[:, 0] += 3
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def field(count: int = 40, seed: int = 0) -> CentredEmbeddings:
    return CentredEmbeddings(EmbeddingMatrix(np.arange(1, count + 1), units(count, seed=seed)))


def page(shown: Sequence[int], ticks: Sequence[int] = (), crosses: Sequence[int] = ()) -> Page:
    return Page(_places(shown), _places(ticks), _places(crosses))


def evidence(images: CentredEmbeddings, *pages: Page, seed: int = 1) -> FeedbackInput:
    """What a query that was looked at on some pages tells; the images' own order is the last."""
    query = units(1, images.table.dim, seed)[0]
    first = images.table.scores(query[np.newaxis])[:, 0]
    return FeedbackInput(query, first, FeedbackResult(first, "the query alone"), pages)


def order(scores: NDArray[np.float32]) -> list[int]:
    """Places, best first, of equals the earlier."""
    ranked: list[int] = np.argsort(-scores, kind="stable").tolist()
    return ranked


def _places(given: Sequence[int]) -> Places:
    return np.array(given, dtype=np.int64)
