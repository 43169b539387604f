import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Firs


@pytest.fixture(autouse=True)
def inside(indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(indexed)


def found(firs: Firs, *options: str) -> set[str]:
    out = firs("search", "red", "--paths", *options).out
    return {Path(line).stem for line in out.splitlines()}


def test_added_by_path_listed_searched_and_removed(firs: Firs) -> None:
    told = firs("tag", "add", "far", "holiday 2024", "--in", "more/**")
    assert told == (0, "6 new tags on 3 images.\n", "")
    assert firs("tag", "list").out == "3\tfar\n3\tholiday 2024\n"
    assert json.loads(firs("tag", "list", "--json").out) == {"far": 3, "holiday 2024": 3}
    assert found(firs, "--tag", "far") == {"green", "yellow", "black"}
    assert (
        firs("tag", "remove", "far", "--in", "green.png").out == "1 tags removed from 1 images.\n"
    )
    assert found(firs, "--tag", "far") == {"yellow", "black"}
    assert found(firs, "--tag", "far", "--tag", "holiday 2024") == {"yellow", "black"}


def test_by_id_and_by_another_tag(firs: Firs) -> None:
    [first] = json.loads(firs("search", "red", "--json", "-k", "1").out)["results"]
    assert firs("tag", "add", "warm", "--id", str(first["id"])).code == 0
    assert firs("tag", "add", "liked", "--tag", "warm").code == 0
    assert found(firs, "--tag", "liked") == {"red"}


def test_tag_search_results(firs: Firs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    paths = firs("search", "red", "--paths", "-k", "2").out
    monkeypatch.setattr("sys.stdin", io.StringIO(paths))
    assert firs("tag", "add", "reddish", "--files", "-").out == "2 new tags on 2 images.\n"
    (tmp_path / "list.txt").write_text("blue.png\n\nmore/green.png\n")
    assert firs("tag", "add", "listed", "--files", tmp_path / "list.txt").code == 0
    assert found(firs, "--tag", "listed") == {"blue", "green"}


def test_tagging_twice_changes_nothing(firs: Firs) -> None:
    firs("tag", "add", "far", "--in", "more")
    assert firs("tag", "add", "far", "--in", "more").out == "0 new tags on 3 images.\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["add", "--in", "more"], "Name the tags: firs tag add holiday"),
        (["add", "far"], "Say which images"),
        (["remove", "far"], "Say which images"),
        (["add", " ", "--in", "more"], "A tag is 1 to 200 characters"),
        (["add", "far", "--id", "999"], "no image with the id 999"),
        (["add", "far", "--files", "nowhere.txt"], "nowhere.txt cannot be read"),
        (["add", "far", "--files", "paths.txt"], "nowhere.png is not in the collection"),
        (["add", "far", "--in", "[a"], "not closed"),
    ],
)
def test_bad_input_is_one_clear_line_and_changes_nothing(
    firs: Firs, arguments: list[str], told: str
) -> None:
    Path("paths.txt").write_text("red.png\nnowhere.png\n")
    failed = firs("tag", *arguments)
    assert (failed.code, failed.out, failed.err.count("\n")) == (1, "", 1)
    assert told in failed.err
    assert firs("tag", "list").out == ""
