"""Every command and option stands in docs/cli.md, and nothing else does."""

import re
from pathlib import Path
from typing import Any

import pytest

from firs.cli.commands import COMMANDS, command_line

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
HELP = {"--help", "-h"}


def sections() -> dict[str, str]:
    """Heading → what stands under it."""
    _, *parts = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def documented(heading: str) -> set[str]:
    """All options in the first column of the table under a heading."""
    rows = re.findall(r"^\| (`-.*?) \|", sections()[heading], flags=re.MULTILINE)
    return {option for row in rows for option in re.findall(r"`(-[^`]+)`", row)}


def options(command: Any) -> set[str]:
    return {name for param in command.params for name in param.opts if name.startswith("-")}


def test_there_is_a_section_per_command() -> None:
    assert list(sections()) == ["firs", *(f"firs {name}" for name in COMMANDS)]


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_option_is_documented(name: str) -> None:
    command = command_line().get_command(None, name)
    assert documented(f"firs {name}") == options(command) - HELP


def test_options_of_firs_are_documented() -> None:
    assert documented("firs") == options(command_line()) | HELP


@pytest.mark.parametrize("name", list(COMMANDS))
def test_examples_match_the_help(name: str) -> None:
    told = command_line().get_command(None, name).help.split("Examples:\n")[1].split("\n")
    (block,) = re.findall(r"^```\n(.*?)^```", sections()[f"firs {name}"], re.DOTALL | re.MULTILINE)
    assert [line.strip() for line in told] == block.strip().split("\n")
