from pathlib import Path

import pytest

from firs.errors import InputError
from firs.evaluation.experiment import Data
from firs.evaluation.paper import GRID, NONE, REFINEMENTS, Source, SuiteResult, find_row, run_paper
from tests.evaluation.benches import save_vectors, small_dataset
from tests.evaluation.outcomes import silent


def source(folder: Path, captions: int = 3) -> Source:
    path = save_vectors(folder / "set.npz", small_dataset(captions=captions))
    return Source(Data("vectors", path), "random")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> SuiteResult:
    (each,) = run_paper([source(tmp_path_factory.mktemp("suite"))], progress=silent)
    return each


def test_the_grid_of_table_2_is_whole(measured: SuiteResult) -> None:
    assert len(GRID) == 16
    for call in GRID:
        row = find_row(measured.main, call)
        assert row is not None
        assert len(row.rounds) == 3


def test_all_start_from_the_same_search(measured: SuiteResult) -> None:
    none = find_row(measured.main, NONE)
    assert none is not None
    for call in GRID:
        row = find_row(measured.main, call)
        assert row is not None
        assert row.rounds[0] == none.figures


def test_two_captions_join_and_the_others_are_asked(measured: SuiteResult) -> None:
    assert measured.entries is not None
    assert (measured.entries.data["joined"], measured.entries.data["queries"]) == (120, 60)


def test_refinement_is_measured_as_the_paper_did_it_and_as_we_do(measured: SuiteResult) -> None:
    for call in REFINEMENTS.values():
        row = find_row(measured.main, call)
        assert row is not None
        assert len(row.rounds) == 2


def test_with_too_few_captions_table_5_says_why(tmp_path: Path) -> None:
    (each,) = run_paper([source(tmp_path, captions=2)], progress=silent)
    assert each.entries is None
    assert "there must be some of either" in each.without_entries


def test_some_queries(tmp_path: Path) -> None:
    (each,) = run_paper([source(tmp_path)], count=25, progress=silent)
    assert each.main.data["queries"] == 25
    assert each.entries is not None
    assert each.entries.data["queries"] == 25


def test_data_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        run_paper([Source(Data("vectors", tmp_path / "none.npz"))], progress=silent)
