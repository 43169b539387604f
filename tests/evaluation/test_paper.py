from dataclasses import replace
from math import isnan
from pathlib import Path

import pytest

from firs.errors import InputError
from firs.evaluation.experiment import Data
from firs.evaluation.paper import (
    GRID,
    MEASURES,
    NONE,
    REFINEMENTS,
    Source,
    SuiteResult,
    _with_changes,
    find_row,
    paper_table,
    paper_tables,
    published_recalls,
    run_paper,
)
from firs.evaluation.tables import Table
from tests.evaluation.evaluation_sets import save_vectors, small_dataset
from tests.evaluation.outcomes import ignore_progress


def source(folder: Path, captions: int = 3) -> Source:
    path = save_vectors(folder / "set.npz", small_dataset(captions=captions))
    return Source(Data("vectors", path), "random")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> SuiteResult:
    (each,) = run_paper([source(tmp_path_factory.mktemp("suite"))], progress=ignore_progress)
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


def test_two_captions_are_indexed_and_the_others_are_queries(measured: SuiteResult) -> None:
    assert measured.entries is not None
    assert (measured.entries.data["joined"], measured.entries.data["queries"]) == (120, 60)


def test_refinement_is_measured_as_the_paper_did_it_and_as_we_do(measured: SuiteResult) -> None:
    for call in REFINEMENTS.values():
        row = find_row(measured.main, call)
        assert row is not None
        assert len(row.rounds) == 2


def test_with_too_few_captions_table_5_has_a_reason(tmp_path: Path) -> None:
    (each,) = run_paper([source(tmp_path, captions=2)], progress=ignore_progress)
    assert each.entries is None
    assert "there must be some of either" in each.without_entries


def test_some_queries(tmp_path: Path) -> None:
    (each,) = run_paper([source(tmp_path)], count=25, progress=ignore_progress)
    assert each.main.data["queries"] == 25
    assert each.entries is not None
    assert each.entries.data["queries"] == 25


def test_data_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        run_paper([Source(Data("vectors", tmp_path / "none.npz"))], progress=ignore_progress)


@pytest.fixture(scope="module")
def tables(measured: SuiteResult) -> list[Table]:
    return paper_tables([measured])[:5]


def names(table: Table) -> list[str]:
    return [row[0] for row in table.rows]


def test_five_tables_each_with_theirs_below_ours(tables: list[Table]) -> None:
    assert [table.title.split(".")[0] for table in tables] == [f"Table {n}" for n in range(1, 6)]
    for table in tables:
        assert any(name.startswith("paper") for name in names(table))
        assert {len(row) for row in table.rows} == {len(table.columns)}
        assert any(note.startswith("The paper:") for note in table.notes)


def test_a_note_states_that_data_and_encoder_differ(tables: list[Table]) -> None:
    for table in tables:
        assert table.notes[-1].startswith("Encoder and data differ from the paper's (5,605")


def test_the_paper_s_own_images_are_recognised(measured: SuiteResult) -> None:
    data = {**measured.main.data, "images": 36_014, "queries": 5_605}
    full = replace(measured, main=replace(measured.main, data=data))
    assert paper_tables([full])[0].notes[-1].startswith("The images are the paper's")
    generated = replace(full, main=replace(full.main, data={**data, "generated": True}))
    assert paper_tables([generated])[0].notes[-1].startswith("Encoder and data differ")


def test_table_1_has_a_line_for_each_round_of_each_source(measured: SuiteResult) -> None:
    first = paper_tables([measured, measured])[0]
    assert [name.split(", ")[1] for name in names(first)[:4]] == ["round 0", "round 1"] * 2


def test_table_2_has_every_p_and_breaking_rank(tables: list[Table]) -> None:
    lines = names(tables[1])
    assert lines[0] == "no feedback"
    ours = [name for name in lines if not name.startswith("paper: ")]
    assert len(ours) == 1 + 16 * 2
    assert len(lines) - len(ours) == 13
    assert "P=15, b=10, round 2" in lines


def test_table_3_has_refinement_as_the_paper_did_it_and_ours(tables: list[Table]) -> None:
    assert names(tables[2]) == [
        "baseline",
        "paper: baseline",
        "refined as the paper did, round 1",
        "paper: refined as the paper did, round 1",
        "refined, ours, round 1",
    ]
    assert any("No language model is used" in note for note in tables[2].notes)


def test_table_4_has_time_and_size(tables: list[Table]) -> None:
    fourth = tables[3]
    assert fourth.columns[-2:] == ("ms a query", "bytes a vector")
    sizes = {row[0]: row[-1] for row in fourth.rows}
    assert (sizes["floats, round 0"], sizes["bits by median, round 1"]) == ("64", "8")
    assert ("paper: bits by mean, round 0", "21.27") in [row[:2] for row in fourth.rows]


def test_table_5_states_how_many_captions_are_indexed(tables: list[Table]) -> None:
    assert any(note.startswith("120 captions joined 60 images") for note in tables[4].notes)


def test_table_5_states_if_only_some_images_have_captions(measured: SuiteResult) -> None:
    assert measured.entries is not None
    data = {**measured.entries.data, "images_with_captions": 10}
    some = replace(measured, entries=replace(measured.entries, data=data))
    assert any(
        "Only 10 of the images have captions" in note for note in paper_tables([some])[4].notes
    )


def test_table_5_states_why_it_is_empty(measured: SuiteResult) -> None:
    fifth = paper_tables([SuiteResult(measured.main, None, "no captions left")])[4]
    assert "Not measured: no captions left" in fifth.notes
    assert fifth.rows[0][1:6] == ("—",) * 5


def test_too_few_images_for_p_are_reported(measured: SuiteResult) -> None:
    rows = [row for row in measured.main.rows if "p=15" not in row.strategy]
    second = paper_tables([replace(measured, main=replace(measured.main, rows=rows))])[1]
    assert "P=15, b=1 (too few images)" in names(second)


def test_on_real_vectors_the_paper_s_pattern_shows(shared_data: Path) -> None:
    from firs.evaluation.experiment import Data
    from firs.evaluation.paper import Source

    path = shared_data / "clip_vitb32" / "flickr8k.npz"
    first = paper_tables(run_paper([Source(Data("vectors", path))], progress=ignore_progress))[0]
    before, after = ([float(cell) for cell in row[1:4]] for row in first.rows[:2])
    assert before == [56.8, 86.6, 92.8]
    assert after == [61.2, 83.2, 88.4], "R@1 rises, R@5 and R@10 fall"
    assert "the direction is the same" in first.notes[-2]


@pytest.mark.parametrize("number", range(1, 6))
def test_every_figure_of_the_paper_is_listed(number: int) -> None:
    table = paper_table(number)
    assert table.title
    assert table.setup
    assert table.key in table.rows
    for cells in table.rows.values():
        assert len(cells) == len(MEASURES)
        assert list(cells[:3]) == sorted(cells[:3])
    missing = sum(isnan(cell) for cells in table.rows.values() for cell in cells)
    assert missing == (len(table.rows) if number == 2 else 0), "table 2 has no median rank"


def test_changes_are_those_that_the_paper_reports() -> None:
    changes = {
        line[0]: line[6:]
        for number in (1, 3, 4, 5)
        for line in _with_changes(paper_table(number).lines())
    }
    assert changes["SigLIP, round 0"] == ("", "", "", "")
    assert changes["SigLIP, round 1"] == ("+3.6", "-2.5", "-4.5", "+26.4")
    assert changes["refined as the paper did, round 1"] == ("+3.3", "-11.7", "-13.3", "+122.6")
    assert changes["bits by mean, round 0"] == ("-19.1", "-22.7", "-22.2", "+176.4")
    assert changes["captions as entries, round 0"] == ("-4.0", "-6.1", "-6.2", "+102.5")


def test_table_6_has_the_published_recalls() -> None:
    rows = published_recalls().rows
    assert len(rows) == 20
    assert ("SigLIP", "B", "256", "65.1", "47.4") in rows
