"""Feedback: marks on what was shown → the next ranking."""

from collections.abc import Callable

from firs.calls import Call, defaults_of
from firs.errors import InputError
from firs.feedback.base import Feedback, FeedbackInput, FeedbackResult, Page
from firs.feedback.field import CentredEmbeddings
from firs.registry import Registry

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
        "bayes": "firs.feedback.bayes:Bayes",
        "classifier": "firs.feedback.classifier:Classifier",
        "pseudo": "firs.feedback.pseudo:Pseudo",
        "softmax": "firs.feedback.softmax:Softmax",
        "none": "firs.feedback.unchanged:Unchanged",
    },
)


def open_feedback(name: str = DEFAULT, strength: float = 1.0) -> Feedback:
    """Open a feedback method.

    Args:
        name: one of ``FEEDBACKS``, with parameters if they are not to be the usual ones:
            ``rocchio(beta=1,gamma=0)``.
        strength: how much the marks count beside the query; 1 as a rule.

    Raises:
        InputError: there is no such method or parameter, or a number cannot be meant.
    """
    if not 0 <= strength <= STRONGEST:
        raise InputError(f"The strength of feedback is from 0 to {STRONGEST}, not {strength}.")
    call = Call.parse(name)
    kind = FEEDBACKS.load(call.name)
    known = {key: value for key, value in defaults_of(kind).items() if key != "strength"}
    return kind(**call.check_parameters("feedback", known), strength=strength)
