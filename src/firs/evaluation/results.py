"""Results: what was measured and all that is needed to measure it again, as JSON and TREC files."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from firs.errors import InputError
from firs.evaluation.datasets import Dataset
from firs.evaluation.measures import Indices, Relevant, ScoreRows

FORMAT = 1
"""Raised whenever an older document could no longer be read, or would be read wrongly."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A strategy against the baseline: queries won, lost and tied, and p-values by measure.

    ``p_holm`` are corrected over all strategies and measures of the experiment. ``harmed`` is the
    share of queries, in per cent, with an image that fell by more than 5 ranks.
    """

    baseline: str
    won: int
    lost: int
    tied: int
    p: Mapping[str, float]
    p_holm: Mapping[str, float]
    harmed: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One strategy.

    Args:
        strategy: the strategy as it was requested.
        figures: measures of the last round; ``R@K`` and ``P@K`` in per cent.
        intervals: 95 % bootstrap intervals of the same.
        rounds: the figures of each round, the first search first.
        recall_curve: ``R@1`` to ``R@100`` of the last round.
        success_by_round: share of queries, in per cent, with an image that was on the first
            page in this round or an earlier one.
        seconds: what all queries took.
        ties_won: the figures if every tie were won, where that changes them.
        ms_per_query: median time of one search for the first 10, through the index.
        bytes_per_vector: what an entry takes.
        agreement: share of checked queries that the index answers as the full ranking does.
        compared: with the baseline, except for the baseline itself.
    """

    strategy: str
    figures: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    rounds: list[Mapping[str, float]]
    recall_curve: list[float]
    success_by_round: list[float]
    seconds: float
    ties_won: Mapping[str, float] | None = None
    ms_per_query: float | None = None
    bytes_per_vector: int | None = None
    agreement: float | None = None
    compared: Comparison | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the row with its figures at the top."""
        values = asdict(self)
        figures = values.pop("figures")
        return {"strategy": values.pop("strategy"), **figures, **values}


@dataclass(frozen=True, slots=True)
class Results:
    """All rows of an experiment and what they were measured on.

    Args:
        experiment: the experiment.
        data: the data set: name, counts, fingerprint, whether it is generated.
        encoder: name, dimension and fingerprint.
        versions: of what took part.
        made: when, ISO 8601.
        seconds: all in all.
        measures: names of the figures.
        rows: one a strategy, the baseline first.
    """

    experiment: Mapping[str, Any]
    data: Mapping[str, Any]
    encoder: Mapping[str, Any]
    versions: Mapping[str, str]
    made: str
    seconds: float
    measures: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the whole document."""
        rows = [row.as_json() for row in self.rows]
        return {"format": FORMAT, **asdict(self), "measures": list(self.measures), "rows": rows}

    def write(self, path: Path) -> None:
        """Write the document to a file."""
        path.write_text(json.dumps(self.as_json(), indent=1) + "\n", encoding="utf-8")


def read_results(path: Path) -> Results:
    """Read the results that ``Results.write`` wrote.

    Raises:
        InputError: it is no such document, or one of another version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        version = document.pop("format")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise InputError(f"{path} has no results of firs evaluate ({error!r}).") from error
    if version != FORMAT:
        raise InputError(
            f"{path} was written by another version (format {version}, this one reads {FORMAT}); "
            f"run the experiment again, it is described in the file."
        )
    try:
        measures = tuple(document.pop("measures"))
        rows = [_parse_row(row, measures) for row in document.pop("rows")]
        return Results(**document, measures=measures, rows=rows)
    except (KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error!r}); run the experiment again.") from error


def _parse_row(values: dict[str, Any], measures: tuple[str, ...]) -> Row:
    figures = {name: values.pop(name) for name in measures}
    intervals = {name: (low, high) for name, (low, high) in values.pop("intervals").items()}
    compared = values.pop("compared")
    comparison = None if compared is None else Comparison(**compared)
    return Row(figures=figures, intervals=intervals, compared=comparison, **values)


def write_run(
    path: Path,
    dataset: Dataset,
    query_captions: Indices,
    images: Indices,
    scores: ScoreRows,
    tag: str,
) -> None:
    """Write the best images of each query in the form of TREC run files.

    Args:
        path: the file.
        dataset: the data set with the ids to write.
        query_captions: int64 ``(q,)``.
        images: int64 ``(q, depth)``, best first.
        scores: float32 ``(q, depth)``; what scores minus infinity was not returned.
        tag: the name of the strategy.
    """
    ids, tag = [_word(each) for each in dataset.image_ids], _word(tag)
    _write_lines(
        path,
        (
            f"q{caption} Q0 {ids[image]} {rank} {score:.7g} {tag}"
            for caption, row, values in zip(query_captions, images, scores, strict=True)
            for rank, (image, score) in enumerate(zip(row, values, strict=True), start=1)
            if np.isfinite(score)
        ),
    )


def write_qrels(path: Path, dataset: Dataset, query_captions: Indices, relevant: Relevant) -> None:
    """Write the relevant images of each query in the form of TREC qrels files."""
    ids = [_word(each) for each in dataset.image_ids]
    pairs = zip(query_captions[relevant.query], relevant.image, strict=True)
    _write_lines(path, (f"q{caption} 0 {ids[image]} 1" for caption, image in pairs))


def _word(text: str) -> str:
    return "".join(f"%{ord(mark):02X}" if mark.isspace() or mark == "%" else mark for mark in text)


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
