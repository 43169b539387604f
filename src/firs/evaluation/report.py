"""What an experiment or a suite writes: JSON, Markdown, TREC files, plots, and an HTML report.

The report is one file with tables, plots, and pictures of the queries that were won and lost.
"""

import base64
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from firs.errors import ImageError, MissingExtra, StorageError
from firs.evaluation.datasets import Dataset
from firs.evaluation.measures import Indices, Values
from firs.evaluation.plots import draw_plots
from firs.evaluation.results import FORMAT, Results, write_qrels, write_run
from firs.evaluation.runner import Outcome
from firs.evaluation.tables import Table, intervals_table, main_tables
from firs.imaging import decode

DEPTH = 100
"""How many of each query's images a run file has."""

EXAMPLES = 5
"""How many queries won, and as many lost, a report shows of each strategy."""

FIRST = 6
"""How many images of each ranking a report shows."""

HEIGHT = 160
"""Pixels of a thumbnail; twice what the page shows, for sharp screens."""


def write_all(folder: Path, outcome: Outcome) -> list[str]:
    """Write results.json, results.md, report.html, plots, and TREC run and qrels files.

    Returns:
        Warnings of what could not be written, such as plots for want of their extra.

    Raises:
        StorageError: the folder cannot be written to.
    """
    results, dataset, queries = outcome.results, outcome.dataset, outcome.query_captions
    plots: list[Path] = []
    warnings: list[str] = []
    with _writable(folder):
        results.write(folder / "results.json")
        _write_tables(folder / "results.md", [*main_tables(results), intervals_table(results)])
        write_qrels(folder / "qrels.txt", dataset, queries, outcome.relevant)
        for name, found in outcome.by_strategy.items():
            path = folder / f"run-{re.sub('[^A-Za-z0-9.]+', '-', name).strip('-')}.txt"
            write_run(path, dataset, queries, found.images, found.scores, name)
        try:
            plots = draw_plots(results, folder)
        except MissingExtra as missing:
            warnings.append(str(missing))
        write_report(folder / "report.html", outcome, plots)
    return warnings


def suite_json(
    suite: str, experiments: Sequence[Results], tables: Sequence[Table]
) -> dict[str, Any]:
    """Return a suite as one JSON document: its tables, and the experiments behind them."""
    return {
        "format": FORMAT,
        "suite": suite,
        "tables": [asdict(table) for table in tables],
        "experiments": [results.as_json() for results in experiments],
    }


def write_suite(
    folder: Path, suite: str, experiments: Sequence[Results], tables: Sequence[Table]
) -> None:
    """Write a suite's JSON and Markdown, such as paper.json and paper.md.

    Raises:
        StorageError: the folder cannot be written to.
    """
    with _writable(folder):
        text = json.dumps(suite_json(suite, experiments, tables), indent=1)
        (folder / f"{suite}.json").write_text(text + "\n", encoding="utf-8")
        _write_tables(folder / f"{suite}.md", tables)


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    """Make a folder, and report what cannot be written to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise StorageError(
            f"Cannot write results to {folder}: {error.strerror or error}. "
            f"Choose a folder that can be written to, with room left."
        ) from error


def _write_tables(path: Path, tables: Sequence[Table]) -> None:
    path.write_text("\n".join(table.markdown() for table in tables), encoding="utf-8")


def wins_and_losses(
    before: Values, after: Values, groups: Indices, count: int
) -> tuple[list[int], list[int]]:
    """Return up to ``count`` queries won and as many lost, the clearest first, one per image.

    What counts is by what factor the rank changed: from 40 to 1 is clearer than from 900 to 800.

    Args:
        before: float64 ``(queries,)``, the ranks of the targets by the baseline.
        after: float64 ``(queries,)``, those by another strategy.
        groups: int64 ``(queries,)``, the image that each query was written of.
        count: how many of either.
    """
    gain = np.log(before) - np.log(after)
    order = np.argsort(-gain, kind="stable")

    def first_of_each(queries: Indices) -> list[int]:
        _, first = np.unique(groups[queries], return_index=True)
        return [int(query) for query in queries[np.sort(first)[:count]]]

    backwards = order[::-1]
    return first_of_each(order[gain[order] > 0]), first_of_each(backwards[gain[backwards] < 0])


def write_report(path: Path, outcome: Outcome, plots: Sequence[Path] = ()) -> None:
    """Write the report of an experiment.

    Args:
        path: the HTML file, which needs no other file.
        outcome: run with a depth of 6 or more, so that there are images to show.
        plots: SVG files to take in.
    """
    results = outcome.results
    title = escape(str(results.experiment["name"]))
    style = (files("firs.evaluation") / "report.css").read_text(encoding="utf-8")
    tables = [*main_tables(results), intervals_table(results)]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{title}</title><style>{style}</style></head><body>",
        f"<h1>{title}</h1>",
        *(table.html() for table in tables),
        f'<div class="plots">{"".join(map(_plot_html, plots))}</div>',
        *_examples_html(outcome),
        _footer(results),
        "</body></html>",
    ]
    path.write_text("\n".join(parts), encoding="utf-8")


def _plot_html(plot: Path) -> str:
    if plot.suffix != ".svg":
        return ""
    return f'<img alt="{escape(plot.stem)}" src="{_data_address(plot.read_bytes(), "svg+xml")}">'


def _examples_html(outcome: Outcome) -> Iterable[str]:
    baseline, *others = (row.strategy for row in outcome.results.rows)
    groups = outcome.dataset.owners[outcome.query_captions]
    before = outcome.by_strategy[baseline].rounds[-1].first
    for other in others:
        after = outcome.by_strategy[other].rounds[-1].first
        examples = wins_and_losses(before, after, groups, EXAMPLES)
        for kind, queries in zip(("won", "lost"), examples, strict=True):
            yield f"<h2>{kind.capitalize()} by {escape(other)}</h2>"
            for query in queries:
                change = f"{before[query]:,.0f} → {after[query]:,.0f}"
                yield (
                    f'<div class="example"><p>“{escape(_caption(outcome, query))}” '
                    f'<span class="{kind}">{change}</span></p>'
                    f"{''.join(_rankings_html(outcome, query, (baseline, other)))}</div>"
                )
            if not queries:
                yield '<p class="note">None.</p>'


def _caption(outcome: Outcome, query: int) -> str:
    return outcome.dataset.captions[int(outcome.query_captions[query])]


def _rankings_html(outcome: Outcome, query: int, strategies: Sequence[str]) -> Iterator[str]:
    """Yield the first images by some strategies, and the target where none of them has it."""
    dataset = outcome.dataset
    target = int(dataset.owners[outcome.query_captions[query]])
    rows = {name: outcome.by_strategy[name].images[query, :FIRST].tolist() for name in strategies}
    if not any(target in images for images in rows.values()):
        rows = {"target": [target], **rows}
    for label, images in rows.items():
        figures = "".join(_figure(image, target, dataset) for image in images)
        yield f'<span class="label">{escape(label)}</span><div class="row">{figures}</div>'


def _figure(image: int, target: int, dataset: Dataset) -> str:
    mark = " target" if image == target else ""
    name = escape(dataset.image_ids[image])
    picture = _thumbnail(dataset.files[image]) if dataset.files else None
    if picture is None:
        return f'<figure class="bare{mark}">{name}</figure>'
    return (
        f'<figure class="{mark.strip()}"><img alt="{name}" title="{name}" src="{picture}"></figure>'
    )


@cache
def _thumbnail(file: Path) -> str | None:
    """Return a small JPEG as a data address, or ``None`` where the picture cannot be read."""
    try:
        image = decode(file, at_least=HEIGHT)
    except ImageError:
        return None
    image.thumbnail((3 * HEIGHT, HEIGHT))
    jpeg = io.BytesIO()
    image.convert("RGB").save(jpeg, "JPEG", quality=78)
    return _data_address(jpeg.getvalue(), "jpeg")


def _data_address(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _footer(results: Results) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    return (
        f"<footer>Measured {escape(results.made)} in {results.seconds:,.1f} s with "
        f"{escape(versions)}. Data {escape(results.data['fingerprint'])}, encoder "
        f"{escape(results.encoder['fingerprint'] or 'unknown')}.</footer>"
    )
