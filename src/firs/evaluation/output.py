"""A folder with everything that an experiment gave."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from firs.errors import MissingExtra, StorageError
from firs.evaluation.plots import draw_plots
from firs.evaluation.report import write_report
from firs.evaluation.results import FORMAT, Results
from firs.evaluation.runner import Outcome
from firs.evaluation.tables import Table, intervals_table, tables_of
from firs.evaluation.trec import write_qrels, write_run

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
        plots, remarks = _plots(folder, outcome)
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


def _plots(folder: Path, outcome: Outcome) -> tuple[list[Path], list[str]]:
    try:
        return draw_plots(outcome.results, folder), []
    except MissingExtra as missing:
        return [], [str(missing)]


def _unwritable(folder: Path, error: OSError) -> StorageError:
    return StorageError(
        f"Cannot write results to {folder}: {error.strerror or error}. "
        f"Choose a folder that can be written to, with room left."
    )
