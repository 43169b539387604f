"""The files are read back by ir_measures, which computes the same figures on its own."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
import pytest
from ir_measures import RR, Success, nDCG

from firs.evaluation.measures import Relevant
from firs.evaluation.results import write_qrels, write_run
from tests.evaluation.benches import small_bench
from tests.evaluation.outcomes import small_outcome

Figures = dict[Any, float]


def judged(folder: Path, strategy: str) -> Figures:
    outcome = small_outcome()
    found = outcome.by_strategy[strategy]
    dataset, queries = outcome.dataset, outcome.query_captions
    relevant = dataset.relevant.of(queries)
    write_qrels(folder / "qrels", dataset, queries, relevant)
    write_run(
        folder / "run",
        outcome.dataset,
        outcome.query_captions,
        found.images,
        found.scores,
        strategy,
    )
    judge: Any = ir_measures
    return Figures(
        judge.calc_aggregate(
            [Success @ 1, Success @ 5, Success @ 10, RR @ 10, nDCG @ 10],
            judge.read_trec_qrels(str(folder / "qrels")),
            judge.read_trec_run(str(folder / "run")),
        )
    )


@pytest.mark.parametrize("strategy", ["none", "pseudo(rounds=2)"])
def test_another_judge_finds_the_same(tmp_path: Path, strategy: str) -> None:
    figures = judged(tmp_path, strategy)
    outcome = small_outcome()
    (row,) = (row for row in outcome.results.rows if row.strategy == strategy)
    for k in (1, 5, 10):
        assert 100 * figures[Success @ k] == pytest.approx(row.figures[f"R@{k}"])
    ranks = outcome.by_strategy[strategy].rounds[-1].first
    assert figures[RR @ 10] == pytest.approx(np.mean((ranks <= 10) / ranks))
    assert figures[nDCG @ 10] == pytest.approx(np.mean((ranks <= 10) / np.log2(ranks + 1)))


def test_blanks_in_ids_do_not_break_the_format(tmp_path: Path) -> None:
    dataset = small_bench().dataset
    odd = replace(dataset, image_ids=("a 100%\tb.jpg", *dataset.image_ids[1:]))
    write_qrels(tmp_path / "qrels", odd, np.array([0]), Relevant.lists([[0, 2]]))
    assert (tmp_path / "qrels").read_text() == "q0 0 a%20100%25%09b.jpg 1\nq0 0 2.jpg 1\n"


def test_what_was_not_returned_is_not_written(tmp_path: Path) -> None:
    dataset = small_bench().dataset
    scores = np.array([[0.5, -np.inf]], np.float32)
    write_run(tmp_path / "run", dataset, np.array([7]), np.array([[3, 1]]), scores, "my run")
    assert (tmp_path / "run").read_text() == "q7 Q0 3.jpg 1 0.5 my%20run\n"
