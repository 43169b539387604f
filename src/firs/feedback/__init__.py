"""Feedback: marks on what was shown → the next ranking."""

from collections.abc import Callable
from functools import lru_cache

from firs.errors import InputError
from firs.feedback.base import CentredEmbeddings, Feedback, FeedbackInput, FeedbackResult, Page
from firs.registry import Registry, create

__all__ = [
    "DEFAULT",
    "FEEDBACKS",
    "CentredEmbeddings",
    "Feedback",
    "FeedbackInput",
    "FeedbackResult",
    "Page",
    "open_feedback",
]

DEFAULT = "auto"

STRONGEST = 10

FEEDBACKS: Registry[Callable[..., Feedback]] = Registry(
    "feedback",
    {
        "auto": "firs.feedback.auto:Auto",
        "rocchio": "firs.feedback.rocchio:Rocchio",
        "mixture": "firs.feedback.mixture:Mixture",
        "bayes": "firs.feedback.bayes:Bayes",
        "classifier": "firs.feedback.classifier:Classifier",
        "pseudo": "firs.feedback.pseudo:Pseudo",
        "softmax": "firs.feedback.pseudo:Softmax",
        "none": "firs.feedback.rocchio:Unchanged",
    },
)


@lru_cache
def open_feedback(name: str = DEFAULT, strength: float = 1.0) -> Feedback:
    """Load a feedback method; equal calls return the same object, which never changes.

    Args:
        name: a name in ``FEEDBACKS``, optionally with parameters: ``rocchio(beta=1,gamma=0)``.
        strength: weight of the marks relative to the query; default 1.

    Raises:
        InputError: the method or a parameter is unknown, or a value is out of range.
    """
    if not 0 <= strength <= STRONGEST:
        raise InputError(f"The strength of feedback is from 0 to {STRONGEST}, not {strength}.")
    return create(FEEDBACKS, name, strength=strength)
