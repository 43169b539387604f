"""Every method of feedback stands in docs/feedback.md with its parameters."""

import re
from pathlib import Path

import pytest

from firs.feedback import FEEDBACKS
from firs.registry import defaults_of

PAGE = (Path(__file__).parents[2] / "docs" / "feedback.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(FEEDBACKS))
def test_every_method_has_its_row_with_its_parameters(name: str) -> None:
    row = re.findall(rf"^\| `{name}` \|.*$", PAGE, flags=re.MULTILINE)[0]
    for parameter, default in defaults_of(FEEDBACKS.load(name)).items():
        if parameter != "strength":
            assert f"`{parameter}`={str(default).lower().removesuffix('.0')}" in row
