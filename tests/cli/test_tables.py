import pytest

from firs.cli import console as tables
from firs.cli.console import show_table
from firs.evaluation.tables import Table

TABLE = Table(
    "Figures",
    ("strategy", "median rank", "[R@1]"),
    [("a rather long name of a strategy", "123,456.7", "100.0*"), ("none", "1.0", "0.1")],
    ("A note that says what the asterisk means.",),
)


def test_markdown_when_piped(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(TABLE)
    assert capsys.readouterr().out == TABLE.markdown() + "\n"


@pytest.mark.parametrize("columns", ["30", "60", "200"])
def test_no_figure_is_cut_however_narrow_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setattr(tables, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", columns)
    show_table(TABLE)
    out = capsys.readouterr().out
    for row in TABLE.rows:
        for cell in row:
            assert cell in out
    assert "[R@1]" in out
    assert "asterisk" in out
