import subprocess
import sys

import pytest

from firs import __version__
from firs.cli import run
from firs.cli.commands import COMMANDS


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"firs {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_lists_every_command_with_what_it_does(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 0
    out = capsys.readouterr().out
    for name in COMMANDS:
        assert f"│ {name} " in out
    assert "firs index ~/Pictures" in out


@pytest.mark.parametrize("name", list(COMMANDS))
def test_help_of_every_command_has_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    after = lines[lines.index("Examples:") + 1 :]
    assert after[0].startswith(f"firs {name}")
    assert after[1].startswith(f"firs {name}")


def test_a_typo_suggests_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serach", "a cat"]) == 2
    told = capsys.readouterr().err
    assert told == "error: No such command 'serach'. Did you mean 'search'? See: firs --help\n"


def test_unknown_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "--frobnicate", "a cat"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: No such option: --frobnicate")
    assert told.endswith("See: firs search --help\n")
    assert told.count("\n") == 1


def test_imports_are_lazy() -> None:
    """The shell waits for every import, so those of one command must not burden another."""
    script = "import sys; from firs.cli import run; run(['--version']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "firs.cli.commands" in loaded
    heavy = {"numpy", "faiss", "onnxruntime", "PIL", "tokenizers", "rich", "firs.cli.search"}
    assert not loaded & heavy
