"""Dates and sizes as they are typed, and what passes."""

import json
import os
from datetime import date, datetime
from pathlib import Path

import pytest

from firs.cli.options import FilterArgs
from firs.errors import InputError
from firs.filters import Filter
from tests.cli.conftest import Firs


def dated(after: str) -> object:
    where = FilterArgs(after=after).filter()
    return None if where is None else where.after


def sized(larger: str) -> object:
    where = FilterArgs(larger=larger).filter()
    return None if where is None else where.larger


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2024", date(2024, 1, 1)),
        ("2024-06", date(2024, 6, 1)),
        ("2024-06-15", date(2024, 6, 15)),
        (" 2024-06-15 ", date(2024, 6, 15)),
        ("2024-06-15T14:30", datetime(2024, 6, 15, 14, 30)),
        ("2024-06-15 14:30:10", datetime(2024, 6, 15, 14, 30, 10)),
        ("2024-06-15T14:30+02:00", datetime.fromisoformat("2024-06-15T14:30+02:00")),
    ],
)
def test_dates(typed: str, meant: object) -> None:
    assert dated(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "soon", "24", "2024-13", "2024-02-30", "15.6.2024", "2024-06-15T25:00", "2024-6"]
)
def test_invalid_dates(typed: str) -> None:
    with pytest.raises(InputError, match="A date is typed as 2024, 2024-06"):
        dated(typed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("800", 800),
        ("800B", 800),
        ("500kB", 500_000),
        ("1MB", 1_000_000),
        ("1.5 mb", 1_500_000),
        ("2M", 2_000_000),
        ("2MiB", 2_097_152),
        ("1GB", 10**9),
        ("0", 0),
    ],
)
def test_sizes(typed: str, meant: int) -> None:
    assert sized(typed) == meant


@pytest.mark.parametrize("typed", ["", "big", "-1", "1XB", "1,5MB", "MB", "1 M B"])
def test_invalid_sizes(typed: str) -> None:
    with pytest.raises(InputError, match="A size is typed as 800"):
        sized(typed)


def test_filter_is_none_without_options() -> None:
    assert FilterArgs().filter() is None
    assert FilterArgs(["a"], None, "2024", None, "1kB", ["x"]).filter() == Filter(
        within="a", before=date(2024, 1, 1), smaller=1000, tags="x"
    )


@pytest.fixture
def inside(indexed: Path, firs: Firs, monkeypatch: pytest.MonkeyPatch) -> Path:
    os.utime(indexed / "red.png", (1e9, 1e9))
    assert firs("index", indexed).code == 0
    monkeypatch.chdir(indexed)
    return indexed


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--in", "more/**"], {"green", "yellow", "black"}),
        (["--in", "more", "--in", "r*"], {"green", "yellow", "black", "red"}),
        (["--before", "2002"], {"red"}),
        (["--after", "2002", "--in", "r*"], set()),
        (["--smaller", "1"], set()),
        (["--larger", "1", "--in", "./*.png"], {"red", "blue", "white"}),
    ],
)
def test_filtered_search(inside: Path, firs: Firs, options: list[str], found: set[str]) -> None:
    told = firs("search", "red", "--image", "blue.png", "--paths", *options)
    assert {Path(line).stem for line in told.out.splitlines()} == found
    for way in ("late-fusion", "rerank"):
        asked = ["red", "--image", "blue.png", "--paths", "--strategy", way, *options]
        assert set(firs("search", *asked).out.splitlines()) == set(told.out.splitlines())


def test_no_image_passes(inside: Path, firs: Firs, tmp_path: Path) -> None:
    sheet = tmp_path / "none.jpg"
    told = firs("search", "red", "--tag", "none", "--after", "2024", "--json", "--sheet", sheet)
    assert told.code == 0
    assert json.loads(told.out)["results"] == []
    assert told.err == "No image passes: from 2024-01-01 on, tagged none.\n"
    assert not sheet.exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--in", "[ab"], "a [ is not closed"),
        (["--in", ""], "fits no path"),
        (["--after", "yesterday"], "A date is typed as"),
        (["--before", "2024-13-01"], "A date is typed as"),
        (["--larger", "huge"], "A size is typed as"),
        (["--smaller", "-1"], "A size is typed as"),
        (["--larger", "2MB", "--smaller", "1MB"], "No file has 2,000,000 bytes or more"),
        (["--after", "2024", "--before", "2023"], "Nothing is from 2024-01-01 on and before 2023"),
    ],
)
def test_bad_input_is_one_clear_line(
    inside: Path, firs: Firs, options: list[str], told: str
) -> None:
    failed = firs("search", "red", *options)
    assert (failed.code, failed.out, failed.err.count("\n")) == (1, "", 1)
    assert told in failed.err
