"""Baseline: the ranking does not change; without the images already seen it is the next page."""

from dataclasses import dataclass
from typing import ClassVar

from firs.feedback.base import FeedbackInput, FeedbackResult
from firs.feedback.field import CentredEmbeddings


@dataclass(frozen=True, slots=True)
class Unchanged:
    """No feedback; ``strength`` changes nothing."""

    strength: float = 1.0
    reads_marks: ClassVar[bool] = False

    def rerank(self, feedback: FeedbackInput, images: CentredEmbeddings) -> FeedbackResult:
        """What the query alone gives every image."""
        del images
        return FeedbackResult(feedback.query_scores, "the ranking stays as the query alone has it")
