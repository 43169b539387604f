"""A language model's answer → suggestions, after it was checked against its form."""

import json
import re

from pydantic import ValidationError

from firs.errors import RefinementError
from firs.refinement.prompt import Answer
from firs.refinement.suggestion import Added, Suggestion

_FENCED = re.compile(r"\s*```(?:json)?\s*(.*?)\s*```\s*", re.DOTALL)
"""JSON as some models wrap it."""


def understood(text: str) -> list[Suggestion]:
    """The suggestions that an answer holds, none twice.

    Raises:
        RefinementError: it is not of the form that was asked for.
    """
    fenced = _FENCED.fullmatch(text)
    try:
        answer = Answer.model_validate(json.loads(fenced[1] if fenced else text))
    except (ValidationError, ValueError, RecursionError):
        raise RefinementError(
            "The language model did not answer in the form it was asked for; that is not used."
        ) from None
    found = {
        one_line(each.text).lower(): _suggestion(one_line(each.text), one_line(each.change))
        for each in answer.alternatives
        if one_line(each.text)
    }
    return list(found.values())


def one_line(text: str) -> str:
    """Words with single blanks between them, and nothing that steers a terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _suggestion(text: str, why: str) -> Suggestion:
    return Suggestion(text, (Added(text),), why)
