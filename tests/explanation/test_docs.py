"""docs/explanation.md and the help of ``firs explain`` list every explanation method."""

import re
from pathlib import Path

from firs.cli.commands import command_line
from firs.explanation import EXPLAINERS
from firs.web.explanations import METHODS

PAGE = (Path(__file__).parents[2] / "docs" / "explanation.md").read_text(encoding="utf-8")


def test_every_method_is_documented_and_no_other() -> None:
    table = PAGE.partition("## The methods")[2].partition("Without a name")[0]
    assert set(re.findall(r"^\| `([\w-]+)` \|", table, flags=re.MULTILINE)) == set(EXPLAINERS)


def test_the_help_names_them() -> None:
    command = command_line().get_command(None, "explain")
    [method] = [each for each in command.params if each.name == "method"]
    assert set(EXPLAINERS) <= set(re.findall(r"[\w-]+", method.help))


def test_nothing_is_downloaded_over_http() -> None:
    assert set(EXPLAINERS) - set(METHODS) == {"clipseg"}
