"""A report to look at: one HTML file with tables, plots, and queries won and lost in pictures."""

import base64
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from firs.errors import ImageError, MissingExtra, StorageError
from firs.evaluation.dataset import Dataset
from firs.evaluation.plots import draw_plots
from firs.evaluation.ranks import Places
from firs.evaluation.results import FORMAT, Results, write_qrels, write_run
from firs.evaluation.runner import Outcome, QueryOutcomes
from firs.evaluation.tables import Table, intervals_table, tables_of
from firs.imaging import decode


@dataclass(frozen=True, slots=True)
class Example:
    """One query, and what both put first; places are of images, best first."""

    query: int
    rank_before: float
    rank_after: float
    before: Places
    after: Places

    @property
    def is_win(self) -> bool:
        """Whether the target rose."""
        return self.rank_after < self.rank_before


def wins_and_losses(
    baseline: QueryOutcomes, other: QueryOutcomes, groups: Places, count: int
) -> tuple[list[Example], list[Example]]:
    """Up to ``count`` queries won and as many lost, the clearest first, one an image.

    What counts is by what factor the rank changed: from 40 to 1 is clearer than from 900 to 800.

    Args:
        baseline: of what the other is compared with.
        other: the strategy.
        groups: int64 ``(queries,)``, the image that each query was written of.
        count: how many of either.
    """
    ratio = np.log(baseline.rounds[-1].first) - np.log(other.rounds[-1].first)
    order = np.argsort(-ratio, kind="stable")
    won = _one_an_image(order[ratio[order] > 0], groups)
    lost = _one_an_image(order[::-1][ratio[order[::-1]] < 0], groups)
    return (
        [
            _build_example(query, baseline, other)
            for query, _ in zip(won, range(count), strict=False)
        ],
        [
            _build_example(query, baseline, other)
            for query, _ in zip(lost, range(count), strict=False)
        ],
    )


def _one_an_image(queries: Places, groups: Places) -> Iterator[int]:
    seen: set[int] = set()
    for query in queries:
        if int(groups[query]) not in seen:
            seen.add(int(groups[query]))
            yield int(query)


def _build_example(query: int, baseline: QueryOutcomes, other: QueryOutcomes) -> Example:
    return Example(
        query,
        float(baseline.rounds[-1].first[query]),
        float(other.rounds[-1].first[query]),
        baseline.places[query],
        other.places[query],
    )


EXAMPLES = 5
FIRST = 6
HEIGHT = 160
"""Pixels; twice what the page shows, for sharp screens."""


def write_report(path: Path, outcome: Outcome, plots: Sequence[Path] = ()) -> None:
    """Write the report of an experiment.

    Args:
        path: of the HTML file; it needs no other file.
        outcome: run with a depth of 6 or more, so that there are images to show.
        plots: SVG files to take in.
    """
    title = str(outcome.results.experiment["name"])
    style = (files("firs.evaluation") / "report.css").read_text(encoding="utf-8")
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(title)}</title><style>{style}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        *map(table_html, tables_of(outcome.results)),
        table_html(intervals_table(outcome.results)),
        _plots(plots),
        *_examples(outcome),
        _footer(outcome.results),
        "</body></html>",
    ]
    path.write_text("\n".join(parts), encoding="utf-8")


def table_html(table: Table) -> str:
    """A table and its notes."""
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in table.rows]
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in table.notes)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<h2>{escape(table.title)}</h2><div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{notes}"
    )


def _plots(plots: Iterable[Path]) -> str:
    images = [
        f'<img alt="{escape(plot.stem)}" src="{_data(plot.read_bytes(), "svg+xml")}">'
        for plot in plots
        if plot.suffix == ".svg"
    ]
    return f'<div class="plots">{"".join(images)}</div>'


def _examples(outcome: Outcome) -> Iterable[str]:
    baseline, *others = outcome.results.rows
    groups = outcome.dataset.owners[outcome.asked]
    for row in others:
        won, lost = wins_and_losses(
            outcome.evidence[baseline.strategy], outcome.evidence[row.strategy], groups, EXAMPLES
        )
        for kind, found in (("Won", won), ("Lost", lost)):
            yield f"<h2>{kind} by {escape(row.strategy)}</h2>"
            yield from (
                _example_html(each, outcome, baseline.strategy, row.strategy) for each in found
            )
            if not found:
                yield '<p class="note">None.</p>'


def _example_html(example: Example, outcome: Outcome, before: str, after: str) -> str:
    dataset = outcome.dataset
    caption = outcome.asked[example.query]
    target = int(dataset.owners[caption])
    change = f"{example.rank_before:,.0f} → {example.rank_after:,.0f}"
    meant = "" if target in example.before[:FIRST] or target in example.after[:FIRST] else (
        f'<span class="label">meant</span>{_row([target], target, dataset)}'
    )  # fmt: skip
    return (
        f'<div class="example"><p>“{escape(dataset.captions[caption])}” '
        f'<span class="{"won" if example.is_win else "lost"}">{change}</span></p>{meant}'
        f'<span class="label">{escape(before)}</span>{_row(example.before, target, dataset)}'
        f'<span class="label">{escape(after)}</span>{_row(example.after, target, dataset)}</div>'
    )


def _row(places: Places | list[int], target: int, dataset: Dataset) -> str:
    figures = [_figure(int(place), int(place) == target, dataset) for place in places[:FIRST]]
    return f'<div class="row">{"".join(figures)}</div>'


def _figure(place: int, is_target: bool, dataset: Dataset) -> str:
    mark = " target" if is_target else ""
    name = escape(dataset.image_ids[place])
    picture = _thumbnail(dataset.files[place]) if dataset.files else None
    if picture is None:
        return f'<figure class="bare{mark}">{name}</figure>'
    return (
        f'<figure class="{mark.strip()}"><img alt="{name}" title="{name}" src="{picture}"></figure>'
    )


@cache
def _thumbnail(file: Path) -> str | None:
    """A small JPEG as a data address, or ``None`` where the picture cannot be read."""
    try:
        image = decode(file, at_least=HEIGHT)
    except ImageError:
        return None
    image.thumbnail((3 * HEIGHT, HEIGHT))
    written = io.BytesIO()
    image.convert("RGB").save(written, "JPEG", quality=78)
    return _data(written.getvalue(), "jpeg")


def _data(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _footer(results: Results) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    return (
        f"<footer>Measured {escape(results.made)} in {results.seconds:,.1f} s with "
        f"{escape(versions)}. Data {escape(results.data['fingerprint'])}, encoder "
        f"{escape(results.encoder['fingerprint'] or 'unknown')}.</footer>"
    )


DEPTH = 100
"""How many of each query's images a run file holds."""


def write_all(folder: Path, outcome: Outcome) -> list[str]:
    """Write results.json, results.md, report.html, plots, and TREC run and qrels files.

    Returns:
        Remarks on what could not be written, such as plots for want of their extra.

    Raises:
        StorageError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        outcome.results.write(folder / "results.json")
        tables = [*tables_of(outcome.results), intervals_table(outcome.results)]
        _write_tables(folder / "results.md", tables)
        _write_trec(folder, outcome)
        plots, remarks = _write_plots(folder, outcome)
        write_report(folder / "report.html", outcome, plots)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return remarks


def suite_json(
    suite: str, experiments: Sequence[Results], tables: Sequence[Table]
) -> dict[str, Any]:
    """A suite as one JSON document: its tables, and the experiments behind them."""
    shown = [
        {
            "title": table.title,
            "columns": list(table.columns),
            "rows": [list(row) for row in table.rows],
            "notes": list(table.notes),
        }
        for table in tables
    ]
    told = [results.as_json() for results in experiments]
    return {"format": FORMAT, "suite": suite, "tables": shown, "experiments": told}


def write_suite(
    folder: Path, suite: str, experiments: Sequence[Results], tables: Sequence[Table]
) -> None:
    """Write a suite's JSON and Markdown, such as paper.json and paper.md.

    Raises:
        StorageError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(suite_json(suite, experiments, tables), indent=1)
        (folder / f"{suite}.json").write_text(text + "\n", encoding="utf-8")
        _write_tables(folder / f"{suite}.md", tables)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _write_tables(path: Path, tables: Sequence[Table]) -> None:
    path.write_text("\n".join(table.markdown() for table in tables), encoding="utf-8")


def _write_trec(folder: Path, outcome: Outcome) -> None:
    dataset, asked = outcome.dataset, outcome.asked
    write_qrels(folder / "qrels.txt", dataset, asked, outcome.relevant)
    for name, found in outcome.evidence.items():
        path = folder / f"run-{re.sub('[^A-Za-z0-9.]+', '-', name).strip('-')}.txt"
        write_run(path, dataset, asked, found.places, found.scores, name)


def _write_plots(folder: Path, outcome: Outcome) -> tuple[list[Path], list[str]]:
    try:
        return draw_plots(outcome.results, folder), []
    except MissingExtra as missing:
        return [], [str(missing)]


def _unwritable(folder: Path, error: OSError) -> StorageError:
    return StorageError(
        f"Cannot write results to {folder}: {error.strerror or error}. "
        f"Choose a folder that can be written to, with room left."
    )
