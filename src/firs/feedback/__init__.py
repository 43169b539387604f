"""Feedback: marks on what was shown → the next ranking."""

from collections.abc import Callable

from firs.errors import InputError
from firs.feedback.base import Evidence, Feedback, Page, Verdict
from firs.feedback.field import Field
from firs.registry import Registry

__all__ = [
    "DEFAULT",
    "FEEDBACKS",
    "Evidence",
    "Feedback",
    "Field",
    "Page",
    "Verdict",
    "open_feedback",
]

DEFAULT = "auto"

FEEDBACKS: Registry[Callable[..., Feedback]] = Registry(
    "feedback",
    {
        "auto": "firs.feedback.auto:Auto",
        "rocchio": "firs.feedback.rocchio:Rocchio",
        "bayes": "firs.feedback.bayes:Bayes",
        "classifier": "firs.feedback.classifier:Classifier",
        "pseudo": "firs.feedback.pseudo:Pseudo",
        "softmax": "firs.feedback.softmax:Softmax",
        "none": "firs.feedback.unchanged:Unchanged",
    },
)


def open_feedback(name: str = DEFAULT, strength: float = 1.0) -> Feedback:
    """Open the feedback method called ``name``, with its usual parameters.

    Args:
        name: one of ``FEEDBACKS``.
        strength: how much the marks count beside the query; 1 as a rule.

    Raises:
        InputError: there is no such method, or the strength is not from 0 to 10.
    """
    if not 0 <= strength <= _STRONGEST:
        raise InputError(f"The strength of feedback is from 0 to {_STRONGEST}, not {strength}.")
    return FEEDBACKS.load(name)(strength=strength)


_STRONGEST = 10
