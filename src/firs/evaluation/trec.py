"""Run and qrels files in TREC's formats, which trec_eval, ir_measures and ranx read.

A run line is ``query Q0 image rank score tag``, a qrels line ``query 0 image 1``. Ids may not
hold blanks there, so those in ids are written as ``%20`` and the like. The readers break ties by
id, where QT-FIRS takes the expected rank; so tied scores may read a little differently there.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from firs.evaluation.dataset import Dataset
from firs.evaluation.ranks import Places, Relevant, ScoreRows


def write_run(
    path: Path, dataset: Dataset, asked: Places, places: Places, scores: ScoreRows, tag: str
) -> None:
    """Write the best images of each query.

    Args:
        path: of the file.
        dataset: whose ids are written.
        asked: int64 ``(q,)``, the captions that were asked.
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
