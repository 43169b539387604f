"""Auto: choose the method by the marks, and let the query still count.

One pick a page is how people look for one image that they know: each pick is the nearest of what
was shown. ``mixture`` reads it so, and learns from the picks how much they say. Several ticks, or
a cross, say what fits and what does not: ``classifier``, which finds as many as ``rocchio`` and
harms half as many queries, since a mark that the model explains already moves nothing.

Where nothing is marked nothing is known, and the ranking stays. A best-first guess (``softmax``)
won as many queries as it lost on every data set that it was tried on, however the spread of the
scores was used to choose among them (docs/feedback.md has the figures).

Against drift the ranking of ``classifier`` is fused with that of the query alone, by weighted
standardised scores (see ``firs.fusion.comb``): the marks may reorder what the query found, but not
forget it. In ``mixture`` the query is the prior.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from firs.errors import InputError
from firs.feedback.base import CentredEmbeddings, FeedbackInput, FeedbackResult
from firs.feedback.classifier import Classifier
from firs.feedback.mixture import Mixture


@dataclass(frozen=True, slots=True)
class Auto:
    """The method that the marks call for, guarded.

    Args:
        query_weight: how much the ranking of the query alone counts, where that of
            ``classifier`` counts 1.
        strength: of the method that is chosen.

    Raises:
        InputError: ``query_weight`` or ``strength`` is negative or not finite.
    """

    query_weight: float = 0.2
    strength: float = 1.0
    reads_marks: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not (0 <= self.query_weight < np.inf and 0 <= self.strength < np.inf):
            raise InputError(
                f"query_weight and strength must be 0 or more, not {self.query_weight} and "
                f"{self.strength}."
            )

    def rerank(self, feedback: FeedbackInput, images: CentredEmbeddings) -> FeedbackResult:
        """The chosen method's ranking, fused with that of the query alone."""
        if not feedback.is_marked:
            return FeedbackResult(
                feedback.previous.scores,
                "nothing is marked, so the ranking is the same: tick or cross some images",
                feedback.previous.query_vector,
            )
        if has_one_target(feedback):
            return Mixture(strength=self.strength).rerank(feedback, images)
        new = Classifier(strength=self.strength).rerank(feedback, images)
        query = images.standardise(feedback.query_scores)
        fused = images.standardise(new.scores) + np.float32(self.query_weight) * query
        return FeedbackResult(fused, f"{new.summary}; your query still counts")


def has_one_target(feedback: FeedbackInput) -> bool:
    """Return whether each marked page has a single tick, as in a search for one image."""
    marked = [page for page in feedback.pages if page.is_marked]
    return all(len(page.relevant) == 1 and not len(page.irrelevant) for page in marked)
