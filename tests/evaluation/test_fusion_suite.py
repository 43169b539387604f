from dataclasses import replace
from pathlib import Path

import pytest

from firs.evaluation import suites
from firs.evaluation.experiment import Data, Experiment, Queries
from firs.evaluation.suites import NONE, Part, run_fusion
from firs.fusion import FUSIONS
from tests.evaluation.benches import save_vectors, small_dataset
from tests.evaluation.outcomes import silent


def plan(folder: Path) -> Experiment:
    path = save_vectors(folder / "set.npz", small_dataset(images=24))
    return Experiment("fusion", Data("vectors", path), (NONE,), queries=Queries())


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Part]:
    return run_fusion(plan(tmp_path_factory.mktemp("suite")), silent)


def test_every_fusion_of_captions_and_of_words_and_an_example(parts: list[Part]) -> None:
    captions, nearest, of_five, of_twenty = (
        [row.strategy for row in part.results.rows] for part in parts
    )
    singles = [f"captions(only={at})" for at in (1, 2, 3)]
    assert captions == ["none", *singles, *(f"captions(fusion={name})" for name in FUSIONS)]
    assert of_five[0] == "example(strategy=words,among=5)"
    for way in ("late-fusion", "rerank"):
        assert {f"example(strategy={way},fusion={name})" for name in FUSIONS} <= set(of_five)
    assert len(nearest) == len(of_twenty) == 5


def test_tables_tell_the_intervals_and_the_data(parts: list[Part]) -> None:
    tables = [part.table() for part in parts]
    assert tables[0].title.startswith("Several captions of one image: ")
    for table, part in zip(tables, parts, strict=True):
        assert len(table.rows) == len(part.results.rows)
        for row in table.rows:
            assert all("[" in cell and cell.endswith("]") for cell in row[1:])
        assert f"a difference from {table.rows[0][0]} that is significant" in table.notes[0]


def test_one_caption_an_image_is_not_fused(tmp_path: Path) -> None:
    few = replace(plan(tmp_path), queries=Queries(count=20))
    titles = [part.title for part in run_fusion(few, silent)]
    assert not any("captions" in title for title in titles)


def test_several_encoders_are_a_part_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.evaluation.strategies.test_fused import BENCH, with_second_encoder

    calls = dict(suites.fusion_parts(with_second_encoder(BENCH)))["Several encoders"]
    assert [str(call) for call in calls[:3]] == [
        "encoders(only=1)",
        "encoders(only=2)",
        "encoders(fusion=log_vote)",
    ]
