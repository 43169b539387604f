import io
from pathlib import Path

import pytest

from tests.cli.conftest import Firs


@pytest.fixture(autouse=True)
def told(indexed: Path, firs: Firs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "told.tsv"
    file.write_text("image\tcaption\nred.png\tred party night\nblue.png\tblue sea\n")
    assert firs("index", indexed, "--captions", file).code == 0
    monkeypatch.chdir(indexed)


def scores(firs: Firs, *options: str) -> str:
    return firs("search", "green party night", "--csv", *options).out


def test_expand_list_explain_ignore_and_undo(firs: Firs) -> None:
    before = scores(firs)
    done = firs("expand")
    assert done.code == 0
    assert done.out == "2 captions for 2 images. Undo it: firs expand --undo\n"
    assert scores(firs) != before
    assert scores(firs, "--no-expansion") == before
    number, _, kind, images, texts, encoder = firs("expand", "--list").out.strip().split("\t")
    assert (number, kind, images, texts, encoder) == ("1", "captions", "2", "2", "fake")
    assert firs("expand", "--explain", "red.png").out == "1\tcaptions\ttold.tsv\tred party night\n"
    assert "only by its embedding" in firs("expand", "--explain", "white.png").out
    assert firs("expand", "--undo").out == "Undone: 2 captions for 2 images.\n"
    assert firs("expand", "--list").out == ""
    assert scores(firs) == before


def test_queries_are_logged(firs: Firs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert firs("log", "on").code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO())
    firs("session", "green lawn")
    assert "searched\t\tgreen lawn" in firs("log", "show").out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--source", "dreams"], "not by 'dreams'"),
        (["--source", "moves"], "firs log on"),
        (["--undo"], "not expanded"),
        (["--number", "3"], "--number goes with --undo"),
        (["--explain", "99"], "no image with the id 99"),
        (["--caption-source", "lost.tsv"], "no captions"),
    ],
)
def test_errors_are_reported(firs: Firs, options: list[str], says: str) -> None:
    done = firs("expand", *options)
    assert done.code == 1
    assert says in done.err
