"""The suites of ``firs evaluate``, and the documents that it writes."""

import json as json_format
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firs.cli.console import show_table, steps
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.evaluation.experiment import Data, Experiment
    from firs.evaluation.results import Results
    from firs.evaluation.tables import Table

SUITES = ("calibration", "expansion", "fusion", "paper")

FIGURES = ("R@1", "R@5", "R@10", "mean_rank")
"""Default measures of the suites ``fusion`` and ``expansion``."""


def run_paper_suite(
    found: "Sequence[Data]",
    encoders: str,
    queries: int,
    seed: int,
    json: Path | None,
    out: Path | None,
) -> None:
    """Measure the paper's tables on all data, by all encoders (names with commas between)."""
    from firs.evaluation.paper import Source, paper_tables, run_paper

    names = [name.strip() for name in encoders.split(",")]
    sources = [Source(data, name) for data in found for name in names]
    with steps() as report:
        measured = run_paper(sources, count=queries, seed=seed, progress=report)
    experiments = [results for each in measured for results in each.experiments]
    _tell("paper", experiments, paper_tables(measured), json, out)


def run_fusion_suite(plan: "Experiment", json: Path | None, out: Path | None) -> None:
    """Measure every fusion on the data, encoders and queries of an experiment."""
    from firs.evaluation.suites import run_fusion

    with steps() as report:
        parts = run_fusion(plan, report)
    _tell("fusion", [part.results for part in parts], [part.table() for part in parts], json, out)


def run_expansion_suite(plan: "Experiment", json: Path | None, out: Path | None) -> None:
    """Measure captions as entries and moved images, on the data of an experiment."""
    from firs.evaluation.suites import run_expansion

    with steps() as report:
        parts, unanswerable = run_expansion(plan, report)
    tables = [*(part.table() for part in parts), unanswerable]
    _tell("expansion", [part.results for part in parts], tables, json, out)


def run_calibration_suite(
    plan: "Experiment", out_of_collection_queries: Path | None, json: Path | None, out: Path | None
) -> None:
    """Measure the calibration of probabilities and the detection of absent targets."""
    from firs.evaluation.suites import run_calibration

    texts = [] if out_of_collection_queries is None else _lines(out_of_collection_queries)
    with steps() as report:
        table = run_calibration(plan, texts, report)
    _tell("calibration", [], [table], json, out)


def _lines(file: Path) -> list[str]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The queries in {file} cannot be read: {error}.") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def is_stdout(json: Path | None) -> bool:
    """Return whether JSON replaces the tables on stdout."""
    return json == Path("-")


def write_json(document: dict[str, Any], file: Path) -> None:
    """Write a document to a file, or to stdout where it is called -.

    Raises:
        InputError: it cannot be written.
    """
    text = json_format.dumps(document, indent=1) + "\n"
    if is_stdout(file):
        sys.stdout.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"Cannot write {file}: {error.strerror or error}.") from error


def _tell(
    suite: str,
    experiments: "Sequence[Results]",
    tables: "Sequence[Table]",
    json: Path | None,
    out: Path | None,
) -> None:
    from firs.evaluation.report import suite_json, write_suite

    if json is not None:
        write_json(suite_json(suite, experiments, tables), json)
    if out is not None:
        write_suite(out, suite, experiments, tables)
    if not is_stdout(json):
        for table in tables:
            show_table(table)
