import json
from pathlib import Path

import pytest

from firs.errors import StorageError
from firs.evaluation.report import suite_json, write_all, write_suite
from firs.evaluation.tables import Table
from tests.evaluation.outcomes import small_outcome

TABLES = [Table("One", ("a", "b"), [("c", "1")], ("d",))]


def test_everything_an_experiment_gave(tmp_path: Path) -> None:
    assert write_all(tmp_path / "new" / "out", small_outcome()) == []
    names = {file.name for file in (tmp_path / "new" / "out").iterdir()}
    assert names == {
        "results.json", "results.md", "report.html", "qrels.txt",
        "run-none.txt", "run-pseudo-rounds-2.txt", "run-bits-mean.txt",
        "recall-against-k.png", "recall-against-k.svg",
        "recall-against-rounds.png", "recall-against-rounds.svg",
        "found-against-rounds.png", "found-against-rounds.svg",
        "recall-against-bytes.png", "recall-against-bytes.svg",
    }  # fmt: skip


def test_without_matplotlib_all_but_the_plots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    (remark,) = write_all(tmp_path, small_outcome())
    assert "Plots need the extra 'lab'" in remark
    assert (tmp_path / "report.html").is_file()
    assert not list(tmp_path.glob("*.png"))


def test_a_suite(tmp_path: Path) -> None:
    results = small_outcome().results
    write_suite(tmp_path / "out", "paper", [results], TABLES)
    told = json.loads((tmp_path / "out" / "paper.json").read_text())
    assert told == json.loads(json.dumps(suite_json("paper", [results], TABLES)))
    assert told["tables"][0]["rows"] == [["c", "1"]]
    assert len(told["experiments"]) == 1
    assert (tmp_path / "out" / "paper.md").read_text().startswith("### One\n")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for write in (
        lambda: write_all(tmp_path / "file", small_outcome()),
        lambda: write_suite(tmp_path / "file", "paper", [], TABLES),
    ):
        with pytest.raises(StorageError, match="Cannot write results to"):
            write()
