from dataclasses import replace
from pathlib import Path

import pytest

from firs.errors import InputError
from firs.evaluation import suites
from firs.evaluation.experiment import Data, Experiment, Queries
from firs.evaluation.strategies import StrategyCall
from firs.evaluation.suites import NONE, Part, run_calibration, run_expansion, run_fusion
from firs.evaluation.tables import ABSENT, Table
from firs.fusion import list_variants
from tests.evaluation.evaluation_sets import save_vectors, small_dataset
from tests.evaluation.outcomes import ignore_progress


def fusion_plan(folder: Path) -> Experiment:
    path = save_vectors(folder / "set.npz", small_dataset(images=24))
    return Experiment("fusion", Data("vectors", path), (NONE,), queries=Queries())


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Part]:
    return run_fusion(fusion_plan(tmp_path_factory.mktemp("suite")), ignore_progress)


def test_every_fusion_of_captions_and_of_words_and_an_example(parts: list[Part]) -> None:
    captions, nearest, of_five, of_twenty = (
        [row.strategy for row in part.results.rows] for part in parts
    )
    singles = [f"captions(only={at})" for at in (1, 2, 3)]
    assert captions == ["none", *singles, *(f"captions(fusion={name})" for name in list_variants())]
    assert of_five[0] == "example(strategy=words,among=5)"
    for way in ("late-fusion", "rerank"):
        expected = {f"example(strategy={way},fusion={name})" for name in list_variants()}
        assert expected <= set(of_five)
    assert len(nearest) == len(of_twenty) == 5


def test_tables_have_intervals_and_the_data(parts: list[Part]) -> None:
    tables = [part.table() for part in parts]
    assert tables[0].title.startswith("Several captions of one image: ")
    for table, part in zip(tables, parts, strict=True):
        assert len(table.rows) == len(part.results.rows)
        for row in table.rows:
            assert all("[" in cell and cell.endswith("]") for cell in row[1:])
        assert f"a difference from {table.rows[0][0]} that is significant" in table.notes[0]


def test_one_caption_an_image_is_not_fused(tmp_path: Path) -> None:
    few = replace(fusion_plan(tmp_path), queries=Queries(count=20))
    titles = [part.title for part in run_fusion(few, ignore_progress)]
    assert not any("captions" in title for title in titles)


def test_several_encoders_are_a_part_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.evaluation.strategies.test_fused import SMALL, with_second_encoder

    calls = dict(suites.fusion_parts(with_second_encoder(SMALL)))["Several encoders"]
    assert [str(call) for call in calls[:3]] == [
        "encoders(only=1)",
        "encoders(only=2)",
        "encoders(fusion=log_vote)",
    ]


Found = tuple[list[Part], Table]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    path = save_vectors(tmp_path_factory.mktemp("suite") / "set.npz", small_dataset(captions=5))
    return run_expansion(Experiment("expansion", Data("vectors", path), (NONE,)), ignore_progress)


def strategies(part: Part) -> list[str]:
    return [row.strategy for row in part.results.rows]


def test_the_parts_have_their_strategies(found: Found) -> None:
    every, off, hot, _, later, _, others, _ = found[0]
    assert strategies(every) == ["none", "entries", "expanded"]
    assert strategies(off) == ["hubness", "expanded(over=hubness)"]
    assert strategies(hot) == ["none", "entries(hot=0.3)", "expanded(hot=0.3)"]
    assert strategies(later) == strategies(others)
    queries = [part.results.data["queries"] for part in (every, later, others)]
    assert queries == [180, 54, 126]


def test_indexed_captions_are_no_queries(found: Found) -> None:
    assert {part.results.data["joined"] for part in found[0]} == {120}


def test_a_separate_scale_does_not_lower_other_images(found: Found) -> None:
    _, naive, apart = found[0][2].results.rows
    assert apart.figures["R@1"] >= naive.figures["R@1"]


def test_tables(found: Found) -> None:
    parts, last = found
    tables = [part.table() for part in parts]
    assert [table.title.split(":")[0] for table in tables[:2]] == [
        "Captions of every image",
        "Captions of every image, hubness taken off",
    ]
    assert [row[0] for row in last.rows] == [
        "none",
        "hubness",
        "expanded",
        "expanded(over=hubness)",
    ]
    assert all(0.4 < float(row[1]) <= 1 for row in last.rows)


def calibration_plan(path: Path, encoder: str = "", query_split: str = "report") -> Experiment:
    none = (StrategyCall("none"),)
    data = Data("vectors", path)
    return Experiment("calibration", data, none, encoder, queries=Queries(query_split=query_split))


def test_on_real_vectors_probabilities_are_true(shared_data: Path) -> None:
    real = calibration_plan(shared_data / "clip_vitb32" / "flickr8k.npz", "clip-vit-b32")
    table = run_calibration(real, [], ignore_progress)
    assert [row[0] for row in table.rows] == ["as they are, shipped", "hubness taken off, shipped"]
    for row in table.rows:
        values = dict(zip(table.columns, row, strict=True))
        assert float(values["ECE of the first"]) < 0.07
        assert float(values["ECE of the first 50"]) < 0.01
        assert float(values["coverage %"]) > 88
        assert float(values["weak: answerable %"]) < 7
        assert float(values["AUROC unanswerable"]) > 0.65
        assert values["AUROC foreign"] == values["foreign %"] == ABSENT


def test_an_unknown_encoder_is_calibrated_by_captions(tmp_path: Path) -> None:
    many = save_vectors(tmp_path / "many.npz", small_dataset(images=60, captions=20))
    [row] = run_calibration(calibration_plan(many), [], ignore_progress).rows
    assert row[0] == "hubness taken off, fitted"
    few = save_vectors(tmp_path / "few.npz", small_dataset(images=60, captions=8))
    with pytest.raises(InputError, match=r"is not known, and the captions .* too few"):
        run_calibration(calibration_plan(few), [], ignore_progress)


def test_nothing_is_left_to_calibrate_on(tmp_path: Path) -> None:
    path = save_vectors(tmp_path / "set.npz", small_dataset())
    with pytest.raises(InputError, match="no captions for a bank"):
        run_calibration(calibration_plan(path, query_split=""), [], ignore_progress)


def test_foreign_queries_need_an_encoder(tmp_path: Path) -> None:
    path = save_vectors(tmp_path / "set.npz", small_dataset(captions=20))
    with pytest.raises(InputError, match="without an encoder"):
        run_calibration(calibration_plan(path), ["an elephant"], ignore_progress)
