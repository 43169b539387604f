import pytest

from firs.evaluation.paper import NOT_AVAILABLE, paper_table

KNOWN: dict[int, dict[str, dict[str, float | str]]] = {
    1: {},
    2: {},
    3: {"change by refinement": {"R@1": "higher", "R@5": "12 lower", "R@10": "13 lower"}},
    4: {"floats": {"R@1": 40.4}, "bits": {"R@1": 21.3}},
    5: {"images alone": {"R@1": 43.2}, "captions as entries": {"R@1": 39.2}},
}


@pytest.mark.parametrize("number", range(1, 6))
def test_every_table_tells_its_subject(number: int) -> None:
    table = paper_table(number)
    assert table.number == number
    assert table.title
    assert table.description
    for line in table.lines(["R@1", "median_rank"]):
        assert line[0].startswith("paper")
        assert line[2] == NOT_AVAILABLE


def test_no_figure_is_there_that_is_not_known() -> None:
    figures = {
        number: {name: dict(cells) for name, cells in paper_table(number).rows.items()}
        for number in range(1, 6)
    }
    assert figures == KNOWN
