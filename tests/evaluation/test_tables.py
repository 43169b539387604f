from dataclasses import replace

from firs.evaluation.results import Comparison
from firs.evaluation.tables import (
    Table,
    figure,
    intervals_table,
    is_significant,
    main_tables,
    results_table,
    success_table,
)
from tests.evaluation.outcomes import small_outcome


def test_markdown() -> None:
    table = Table("Two", ("name", "R@1"), [("a|b", "1.0")], ("As measured.",))
    assert table.markdown() == (
        "### Two\n\n| name | R@1 |\n| --- | ---: |\n| a\\|b | 1.0 |\n\n- As measured.\n"
    )


def test_a_row_for_each_strategy() -> None:
    table = results_table(small_outcome().results)
    assert table.title == "small, 180 queries over 60 images, vectors (16 dimensions)"
    assert table.columns[:6] == ("strategy", "R@1", "R@5", "R@10", "median rank", "mean rank")
    assert [row[0] for row in table.rows] == ["none", "pseudo(rounds=2)", "bits-mean"]
    assert {len(row) for row in table.rows} == {len(table.columns)}
    assert table.rows[0][7:11] == ("—", "—", "—", "—")


def test_measures_of_several_relevant_images_are_shown_if_needed() -> None:
    results = small_outcome().results
    many = replace(results, data={**results.data, "relevant": 500})
    assert "mAP" not in results_table(results).columns
    assert {"mAP", "nDCG"} <= set(results_table(many).columns)


def test_ties_are_noted() -> None:
    notes = results_table(small_outcome().results).notes
    assert any(note.startswith("bits-mean: an image among equals") for note in notes)


def test_a_significant_difference_has_an_asterisk() -> None:
    results = small_outcome().results
    compared = Comparison("none", 1, 2, 3, {"R@1": 0.001}, {"R@1": 0.01})
    row = replace(results.rows[1], compared=compared)
    assert is_significant(row, "R@1")
    assert not is_significant(row, "R@5")
    table = results_table(replace(results, rows=[results.rows[0], row]))
    assert table.rows[1][1].endswith("*")
    assert not table.rows[1][2].endswith("*")


def test_generated_data_is_marked_twice() -> None:
    results = small_outcome().results
    table = results_table(replace(results, data={**results.data, "generated": True}))
    assert table.title.endswith("GENERATED VECTORS")
    assert any("only time and memory mean something" in note for note in table.notes)


def test_an_index_that_answers_otherwise_is_a_note() -> None:
    results = small_outcome().results
    row = replace(results.rows[0], agreement=0.95)
    notes = results_table(replace(results, rows=[row])).notes
    assert any("its index answers 95 % of checked queries" in note for note in notes)


def test_intervals_contain_the_figures() -> None:
    results = small_outcome().results
    table = intervals_table(results)
    assert table.columns == ("strategy", *(name.replace("_", " ") for name in results.measures))
    low, high = table.rows[0][2].split(" to ")
    assert float(low) <= results.rows[0].figures["R@5"] <= float(high)


def test_figures() -> None:
    found = [figure("R@1", 12.345), figure("MRR", 0.5), figure("nDCG@10", 0.5), figure("R@1", None)]
    assert found == ["12.3", "0.500", "0.500", "—"]


def test_the_success_table_has_every_round() -> None:
    table = success_table(small_outcome().results)
    assert table.columns == ("strategy", "round 0", "round 1", "round 2")
    shares = {row[0]: row[1:] for row in table.rows}
    assert shares["none"][1:] == ("—", "—")
    assert shares["pseudo(rounds=2)"] == tuple(sorted(shares["pseudo(rounds=2)"], key=float))


def test_rounds_have_a_table_only_where_there_are_several() -> None:
    assert len(main_tables(small_outcome().results)) == 2
    assert len(main_tables(small_outcome("none").results)) == 1
