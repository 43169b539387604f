"""The files are read back by ir_measures, which computes the same figures on its own."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
import pytest
from ir_measures import RR, Success, nDCG

from firs.errors import InputError
from firs.evaluation.measures import Relevant
from firs.evaluation.results import FORMAT, read_results, write_qrels, write_run
from tests.evaluation.evaluation_sets import small_evaluation_set
from tests.evaluation.outcomes import small_outcome


def test_written_content_reads_back(tmp_path: Path) -> None:
    results = small_outcome().results
    results.write(tmp_path / "results.json")
    assert read_results(tmp_path / "results.json") == results


def test_figures_are_at_the_top_of_each_row() -> None:
    row = small_outcome().results.as_json()["rows"][0]
    assert row["strategy"] == "none"
    assert {"R@1", "R@5", "R@10", "median_rank", "mean_rank"} <= set(row)


def test_a_file_of_another_version(tmp_path: Path) -> None:
    document = {**small_outcome().results.as_json(), "format": FORMAT + 1}
    (tmp_path / "results.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"by another version .* run the experiment again"):
        read_results(tmp_path / "results.json")


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"rows": []}', "\x00"])
def test_a_file_of_something_else(tmp_path: Path, text: str) -> None:
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(InputError, match="has no results of firs evaluate"):
        read_results(tmp_path / "results.json")


@pytest.mark.parametrize("key", ["rows", "measures", "data"])
def test_a_damaged_file(tmp_path: Path, key: str) -> None:
    document = small_outcome().results.as_json()
    del document[key]
    (tmp_path / "results.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match="is damaged"):
        read_results(tmp_path / "results.json")


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


def test_spaces_in_ids_are_escaped(tmp_path: Path) -> None:
    dataset = small_evaluation_set().dataset
    odd = replace(dataset, image_ids=("a 100%\tb.jpg", *dataset.image_ids[1:]))
    write_qrels(tmp_path / "qrels", odd, np.array([0]), Relevant.lists([[0, 2]]))
    assert (tmp_path / "qrels").read_text() == "q0 0 a%20100%25%09b.jpg 1\nq0 0 2.jpg 1\n"


def test_images_not_returned_are_not_written(tmp_path: Path) -> None:
    dataset = small_evaluation_set().dataset
    scores = np.array([[0.5, -np.inf]], np.float32)
    write_run(tmp_path / "run", dataset, np.array([7]), np.array([[3, 1]]), scores, "my run")
    assert (tmp_path / "run").read_text() == "q7 Q0 3.jpg 1 0.5 my%20run\n"
