from pathlib import Path

import pytest

from firs.errors import InputError
from firs.evaluation.experiment import Data, Experiment, Queries
from firs.evaluation.strategies import StrategyCall
from firs.evaluation.suites import run_calibration
from firs.evaluation.tables import ABSENT
from tests.evaluation.benches import save_vectors, small_dataset
from tests.evaluation.outcomes import silent


def plan(path: Path, encoder: str = "", query_split: str = "report") -> Experiment:
    none = (StrategyCall("none"),)
    data = Data("vectors", path)
    return Experiment("calibration", data, none, encoder, queries=Queries(query_split=query_split))


def test_on_real_vectors_probabilities_are_true(shared_data: Path) -> None:
    real = plan(shared_data / "clip_vitb32" / "flickr8k.npz", "clip-vit-b32")
    table = run_calibration(real, [], silent)
    assert [row[0] for row in table.rows] == ["as they are, shipped", "hubness taken off, shipped"]
    for row in table.rows:
        told = dict(zip(table.columns, row, strict=True))
        assert float(told["ECE of the first"]) < 0.07
        assert float(told["ECE of the first 50"]) < 0.01
        assert float(told["covered %"]) > 88
        assert float(told["weak: answerable %"]) < 7
        assert float(told["AUROC unanswerable"]) > 0.65
        assert told["AUROC foreign"] == told["foreign %"] == ABSENT


def test_of_an_unknown_encoder_it_is_fitted_where_there_are_captions(tmp_path: Path) -> None:
    many = save_vectors(tmp_path / "many.npz", small_dataset(images=60, captions=20))
    [row] = run_calibration(plan(many), [], silent).rows
    assert row[0] == "hubness taken off, fitted"
    few = save_vectors(tmp_path / "few.npz", small_dataset(images=60, captions=8))
    with pytest.raises(InputError, match=r"is not known, and the captions .* too few"):
        run_calibration(plan(few), [], silent)


def test_nothing_is_left_to_calibrate_on(tmp_path: Path) -> None:
    path = save_vectors(tmp_path / "set.npz", small_dataset())
    with pytest.raises(InputError, match="no captions for a bank"):
        run_calibration(plan(path, query_split=""), [], silent)


def test_foreign_queries_need_an_encoder(tmp_path: Path) -> None:
    path = save_vectors(tmp_path / "set.npz", small_dataset(captions=20))
    with pytest.raises(InputError, match="without an encoder"):
        run_calibration(plan(path), ["an elephant"], silent)
