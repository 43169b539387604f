"""What was measured, with everything needed to measure it again, as one JSON document."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from firs.errors import InputError
from firs.evaluation.dataset import Dataset
from firs.evaluation.ranks import Places, Relevant, ScoreRows

FORMAT = 1
"""Raised whenever an older document could no longer be read, or would be read wrongly."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A strategy against the baseline: queries won, lost and tied, and p-values by measure.

    ``p_holm`` are corrected over all strategies and measures of the experiment. ``harmed`` is the
    share of queries, in per cent, whose image fell by more than 5 places.
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
        success_by_round: share of queries, in per cent, whose image has been among the first 10
            in this round or an earlier one.
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
        """The row with its figures at the top."""
        told = asdict(self)
        figures = told.pop("figures")
        return {"strategy": told.pop("strategy"), **figures, **told}


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
        """The whole document."""
        told = asdict(self)
        rows = [row.as_json() for row in self.rows]
        return {"format": FORMAT, **told, "measures": list(self.measures), "rows": rows}

    def write(self, path: Path) -> None:
        """Write the document to a file."""
        path.write_text(json.dumps(self.as_json(), indent=1) + "\n", encoding="utf-8")


def read_results(path: Path) -> Results:
    """The results that ``Results.write`` wrote.

    Raises:
        InputError: it is no such document, or one of another version.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        version = told.pop("format")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise InputError(f"{path} holds no results of firs evaluate ({error!r}).") from error
    if version != FORMAT:
        raise InputError(
            f"{path} was written by another version (format {version}, this one reads {FORMAT}); "
            f"run the experiment again, it is described in the file."
        )
    try:
        rows = [_row(row, told["measures"]) for row in told.pop("rows")]
        return Results(**{**told, "measures": tuple(told["measures"])}, rows=rows)
    except (KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error!r}); run the experiment again.") from error


def _row(told: dict[str, Any], measures: list[str]) -> Row:
    figures = {name: told.pop(name) for name in measures}
    intervals = {name: (low, high) for name, (low, high) in told.pop("intervals").items()}
    compared = told.pop("compared")
    return Row(
        figures=figures,
        intervals=intervals,
        compared=None if compared is None else Comparison(**compared),
        **told,
    )


def write_run(
    path: Path, dataset: Dataset, asked: Places, places: Places, scores: ScoreRows, tag: str
) -> None:
    """Write the best images of each query.

    Args:
        path: of the file.
        dataset: the data set with the ids to write.
        asked: int64 ``(q,)``, the query captions.
        places: int64 ``(q, depth)``, the images, best first.
        scores: float32 ``(q, depth)``; what scores minus infinity was not returned.
        tag: the name of what made the run.
    """
    ids = [_word(each) for each in dataset.image_ids]
    _write(path, _run_lines(ids, asked, places, scores, _word(tag)))


def write_qrels(path: Path, dataset: Dataset, asked: Places, relevant: Relevant) -> None:
    """Write which images answer each query."""
    ids = [_word(each) for each in dataset.image_ids]
    _write(
        path,
        (
            f"{_query(asked[owner])} 0 {ids[place]} 1"
            for owner, place in zip(relevant.owner, relevant.place, strict=True)
        ),
    )


def _run_lines(
    ids: Sequence[str], asked: Places, places: Places, scores: ScoreRows, tag: str
) -> Iterator[str]:
    for caption, row, values in zip(asked, places, scores, strict=True):
        for rank, (place, score) in enumerate(zip(row, values, strict=True), start=1):
            if np.isfinite(score):
                yield f"{_query(caption)} Q0 {ids[place]} {rank} {score:.7g} {tag}"


def _query(caption: np.int64) -> str:
    return f"q{caption}"


def _word(text: str) -> str:
    return "".join(f"%{ord(mark):02X}" if mark.isspace() or mark == "%" else mark for mark in text)


def _write(path: Path, lines: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
