from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from PIL import Image

from firs.evaluation.report import write_report
from firs.evaluation.runner import Outcome
from firs.evaluation.tables import Table
from tests.evaluation.outcomes import small_outcome


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


def test_without_pictures_there_are_names(tmp_path: Path, plots: list[Path]) -> None:
    page = page_of(tmp_path, small_outcome(), plots)
    assert page.open == []
    assert any(text.endswith(".jpg") for text in page.text)


def test_what_people_wrote_is_text(tmp_path: Path, plots: list[Path]) -> None:
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
