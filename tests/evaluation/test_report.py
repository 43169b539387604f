import json
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firs.errors import StorageError
from firs.evaluation.report import suite_json, wins_and_losses, write_all, write_report, write_suite
from firs.evaluation.runner import Outcome
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
    found = json.loads((tmp_path / "out" / "paper.json").read_text())
    assert found == json.loads(json.dumps(suite_json("paper", [results], TABLES)))
    assert found["tables"][0]["rows"] == [["c", "1"]]
    assert len(found["experiments"]) == 1
    assert (tmp_path / "out" / "paper.md").read_text().startswith("### One\n")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for write in (
        lambda: write_all(tmp_path / "file", small_outcome()),
        lambda: write_suite(tmp_path / "file", "paper", [], TABLES),
    ):
        with pytest.raises(StorageError, match="Cannot write results to"):
            write()


class Reader(HTMLParser):
    """What a browser would take in: text, addresses, and whether every tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "img"):
            self.open.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def page_of(folder: Path, outcome: Outcome, plots: Sequence[Path]) -> Reader:
    write_report(folder / "report.html", outcome, plots)
    return Reader((folder / "report.html").read_text(encoding="utf-8"))


def with_pictures(folder: Path) -> Outcome:
    outcome = small_outcome()
    for image_id in outcome.dataset.image_ids[1:]:
        Image.new("RGB", (60, 40), "green").save(folder / image_id)
    return replace(outcome, dataset=outcome.dataset.with_files(folder))


def test_won_and_lost_in_pictures(tmp_path: Path, plots: list[Path]) -> None:
    page = page_of(tmp_path, with_pictures(tmp_path), plots)
    text = "".join(page.text)
    assert page.open == []
    assert "Won by pseudo(rounds=2)" in text
    assert "Lost by bits-mean" in text
    assert sum(each.startswith("data:image/jpeg") for each in page.addresses) > 50


def test_it_needs_nothing_from_elsewhere(tmp_path: Path, plots: list[Path]) -> None:
    page = page_of(tmp_path, with_pictures(tmp_path), plots)
    assert page.addresses
    assert all(address.startswith("data:") for address in page.addresses)
    assert sum("svg" in address[:20] for address in page.addresses) == 4


def test_without_pictures_names_are_shown(tmp_path: Path, plots: list[Path]) -> None:
    page = page_of(tmp_path, small_outcome(), plots)
    assert page.open == []
    assert any(text.endswith(".jpg") for text in page.text)


def test_captions_are_escaped(tmp_path: Path, plots: list[Path]) -> None:
    outcome = small_outcome()
    captions = tuple(f"<script>alert({n})</script>" for n in range(180))
    hostile = replace(outcome, dataset=replace(outcome.dataset, captions=captions))
    page = page_of(tmp_path, hostile, plots)
    assert page.open == []
    assert any("<script>alert(" in text for text in page.text), "shown, not run"


def test_a_table() -> None:
    html = Table("A & B", ("x<y",), [("1",)], ("so & so",)).html()
    assert "<h2>A &amp; B</h2>" in html
    assert "<th>x&lt;y</th>" in html
    assert "so &amp; so" in html


BEFORE = np.array([40.0, 900, 1, 5, 7, 80])
AFTER = np.array([1.0, 800, 30, 5, 9, 1])
GROUPS = np.array([0, 1, 2, 3, 4, 0])


def test_the_largest_changes_come_first() -> None:
    won, lost = wins_and_losses(BEFORE, AFTER, GROUPS, 5)
    assert won == [5, 1]
    assert lost == [2, 4]
    assert (BEFORE[won[0]], AFTER[won[0]]) == (80, 1)
    assert (AFTER[won] < BEFORE[won]).all()
    assert (AFTER[lost] > BEFORE[lost]).all()


def test_at_most_the_requested_number_is_returned() -> None:
    won, lost = wins_and_losses(BEFORE, AFTER, GROUPS, 1)
    assert (len(won), len(lost)) == (1, 1)


def test_equal_ranks_give_no_examples() -> None:
    assert wins_and_losses(BEFORE, BEFORE, GROUPS, 5) == ([], [])
