"""A report to look at: one HTML file with tables, plots, and queries won and lost in pictures."""

import base64
import io
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path

from firs.errors import ImageError
from firs.evaluation.dataset import Dataset
from firs.evaluation.examples import Example, wins_and_losses
from firs.evaluation.ranks import Places
from firs.evaluation.results import Results
from firs.evaluation.runner import Outcome
from firs.evaluation.tables import Table, intervals_table, tables_of
from firs.pictures import decode

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
            yield from (_example(each, outcome, baseline.strategy, row.strategy) for each in found)
            if not found:
                yield '<p class="note">None.</p>'


def _example(example: Example, outcome: Outcome, before: str, after: str) -> str:
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
