import io
import sys

import pytest

from firs.cli.console import progress


def test_short_work_is_silent_without_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("drawing") as report:
        report(1, 2)
        report(2, 2)
    assert capsys.readouterr() == ("", "")


def test_long_work_is_reported_in_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([100.0, 105.0, 120.0])
    monkeypatch.setattr("firs.cli.console.monotonic", lambda: next(clock))
    with progress("indexing") as report:
        report(1_000, 8_000)
        report(4_000, 8_000)
    assert capsys.readouterr().err == "indexing: 4,000 of 8,000, 200/s, 20 s left\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress("drawing") as report:
        report(200, 400)
    drawn = terminal.getvalue()
    assert "drawing" in drawn
    assert "200 of 400" in drawn
