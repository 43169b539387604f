"""Unchanged: the ranking stays, whatever was marked; with what was seen left out, the next page.

What every method must beat.
"""

from dataclasses import dataclass
from typing import ClassVar

from firs.feedback.base import Evidence, Verdict
from firs.feedback.field import Field


@dataclass(frozen=True, slots=True)
class Unchanged:
    """No feedback; ``strength`` changes nothing."""

    strength: float = 1.0
    reads_marks: ClassVar[bool] = False

    def judge(self, evidence: Evidence, images: Field) -> Verdict:
        """What the query alone gives every image."""
        del images
        return Verdict(evidence.first, "the ranking stays as the query alone has it")
