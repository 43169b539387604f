import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firs.errors import InputError
from firs.imaging.contact_sheet import Box, layout_rows

WIDTH, ROW, GAP, BELOW = 1000, 200, 6, 20

shapes = st.lists(st.floats(0.05, 20), min_size=1, max_size=60)


def rows(proportions: list[float]) -> list[list[Box]]:
    boxes = layout_rows(proportions, WIDTH, ROW, GAP, BELOW)
    assert len(boxes) == len(proportions)
    return [list(row) for _, row in itertools.groupby(boxes, key=lambda box: box.row)]


@given(shapes)
def test_all_rows_but_the_last_end_flush(proportions: list[float]) -> None:
    *full, last = rows(proportions)
    for row in full:
        assert row[0].x == 0
        assert row[-1].x + row[-1].width == WIDTH
    assert last[-1].x + last[-1].width <= WIDTH


@given(shapes)
def test_nothing_overlaps_and_gaps_are_even(proportions: list[float]) -> None:
    laid = rows(proportions)
    for row in laid:
        assert len({(box.y, box.height) for box in row}) == 1
        for left, right in itertools.pairwise(row):
            assert abs(right.x - left.x - left.width - GAP) <= 1
    for upper, lower in itertools.pairwise(laid):
        assert lower[0].y == upper[0].y + upper[0].height + BELOW + GAP


@given(st.lists(st.floats(0.5, 2), min_size=1, max_size=60))
def test_pictures_keep_their_proportions(proportions: list[float]) -> None:
    boxes = layout_rows(proportions, WIDTH, ROW, GAP)
    for shape, box in zip(proportions, boxes, strict=True):
        assert box.width == pytest.approx(shape * box.height, abs=2)


@given(st.lists(st.floats(0.5, 2), min_size=20, max_size=60))
def test_rows_stay_near_the_height_wished_for(proportions: list[float]) -> None:
    heights = [row[0].height for row in rows(proportions)]
    assert min(heights) > ROW * 0.6
    assert max(heights) < ROW * 1.5


def test_a_short_last_row_stays_open() -> None:
    assert layout_rows([1.0], WIDTH, ROW, GAP) == [Box(0, 0, 0, ROW, ROW)]


def test_strips_are_cut_to_what_can_be_looked_at() -> None:
    tall, wide = layout_rows([0.01, 100], WIDTH, ROW, GAP)
    assert (tall.width, wide.width) == (80, 700)


def test_rows_are_broken_over_the_whole_page_not_one_by_one() -> None:
    """Row by row, 3 + 2 squares; over the page, the same height for all."""
    laid = rows([1.6, 1.6, 1.6, 1.6, 1.6, 1.6])
    assert [len(row) for row in laid] == [3, 3]


def test_no_pictures_no_boxes() -> None:
    assert layout_rows([], WIDTH, ROW, GAP) == []


@pytest.mark.parametrize(("width", "row_height"), [(100, 200), (100, 0)])
def test_a_page_too_small(width: int, row_height: int) -> None:
    with pytest.raises(InputError, match="rows at least 1 pixel high"):
        layout_rows([1.0], width, row_height, GAP)
