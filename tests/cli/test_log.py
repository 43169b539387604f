from pathlib import Path

import pytest

from tests.cli.conftest import Firs


@pytest.fixture(autouse=True)
def inside(indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(indexed)


def test_log_on_off_show_and_clear(firs: Firs) -> None:
    firs("search", "red")
    assert (firs("log").out, firs("log").err) == ("", "The log is off. Turn it on: firs log on\n")
    assert "firs log off" in firs("log", "on").out
    firs("search", "red wall")
    assert firs("log").err == "The log is on.\n"
    [line] = firs("log", "show").out.splitlines()
    assert line.split("\t")[1:] == ["searched", "", "red wall"]
    assert "firs log clear" in firs("log", "off").out
    firs("search", "blue wall")
    assert firs("log", "clear").out == "Records removed: 1\n"
    assert firs("log", "show").out == ""
