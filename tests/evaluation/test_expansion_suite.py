import pytest

from firs.evaluation.experiment import Data, Experiment
from firs.evaluation.suites import NONE, Part, run_expansion
from firs.evaluation.tables import Table
from tests.evaluation.benches import save_vectors, small_dataset
from tests.evaluation.outcomes import silent

Found = tuple[list[Part], Table]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    path = save_vectors(tmp_path_factory.mktemp("suite") / "set.npz", small_dataset(captions=5))
    return run_expansion(Experiment("expansion", Data("vectors", path), (NONE,)), silent)


def strategies(part: Part) -> list[str]:
    return [row.strategy for row in part.results.rows]


def test_naively_and_apart_for_all_images_and_for_hot_ones(found: Found) -> None:
    every, off, hot, _, later, _, others, _ = found[0]
    assert strategies(every) == ["none", "entries", "expanded"]
    assert strategies(off) == ["hubness", "expanded(over=hubness)"]
    assert strategies(hot) == ["none", "entries(hot=0.3)", "expanded(hot=0.3)"]
    assert strategies(later) == strategies(others)
    asked = [part.results.data["queries"] for part in (every, later, others)]
    assert asked == [180, 54, 126]


def test_what_joined_is_not_asked(found: Found) -> None:
    assert {part.results.data["joined"] for part in found[0]} == {120}


def test_texts_on_a_scale_of_their_own_do_not_push_other_images_down(found: Found) -> None:
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
