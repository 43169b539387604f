import csv
import io
import json
from pathlib import Path

import pytest

from firs.cli import search as results
from firs.ranking import Ranking


@pytest.fixture
def ranking() -> Ranking:
    paths = [Path('/photos/red, "square".jpg'), Path("/photos/two\nlines.jpg")]
    return Ranking([7, 3], [0.91234567, 0.5], paths, source="fake: text")


def test_lines_have_tabs(ranking: Ranking, capsys: pytest.CaptureFixture[str]) -> None:
    results.as_lines(ranking)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t") for line in lines] == [
        ["1", "0.9123", '/photos/red, "square".jpg'],
        ["2", "0.5000", r"/photos/two\nlines.jpg"],
    ]


def test_piped_table_is_lines(ranking: Ranking, capsys: pytest.CaptureFixture[str]) -> None:
    results.as_table(ranking)
    table = capsys.readouterr().out
    results.as_lines(ranking)
    assert table == capsys.readouterr().out


def test_table_in_a_terminal(
    ranking: Ranking, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "is_terminal", lambda: True)
    results.as_table(ranking)
    head, first, second = (line.split() for line in capsys.readouterr().out.splitlines())
    assert head == ["rank", "score", "image"]
    assert first == ["1", "0.912", "/photos/red,", '"square".jpg']
    assert second == ["2", "0.500", r"/photos/two\nlines.jpg"]


def test_json_round_trips(ranking: Ranking, capsys: pytest.CaptureFixture[str]) -> None:
    results.as_json(ranking)
    assert json.loads(capsys.readouterr().out) == {
        "source": "fake: text",
        "warnings": [],
        "results": [
            {"rank": 1, "score": 0.912346, "id": 7, "path": '/photos/red, "square".jpg'},
            {"rank": 2, "score": 0.5, "id": 3, "path": "/photos/two\nlines.jpg"},
        ],
    }


def test_csv_round_trips(ranking: Ranking, capsys: pytest.CaptureFixture[str]) -> None:
    results.as_csv(ranking)
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert [Path(row["path"]) for row in rows] == list(ranking.paths)
    assert rows[0] | {"path": ""} == {"rank": "1", "score": "0.912346", "id": "7", "path": ""}


def test_paths_are_as_on_disk(ranking: Ranking, capsys: pytest.CaptureFixture[str]) -> None:
    results.as_paths(ranking)
    assert capsys.readouterr().out == "".join(f"{path}\n" for path in ranking.paths)


def test_probabilities_are_written_if_known(capsys: pytest.CaptureFixture[str]) -> None:
    ranking = Ranking([7, 3], [0.9, 0.2], [Path("a.jpg"), Path("b.jpg")], source="mini: text")
    results.as_csv(ranking, {7: 0.75, 3: 0.25})
    assert capsys.readouterr().out.splitlines() == [
        "rank,score,id,path,probability",
        "1,0.900000,7,a.jpg,0.750000",
        "2,0.200000,3,b.jpg,0.250000",
    ]
    results.as_json(ranking, {7: 0.75, 3: 0.25})
    told = json.loads(capsys.readouterr().out)["results"]
    assert [each["probability"] for each in told] == [0.75, 0.25]
