"""Pictures of different shapes in rows that fill a width.

Rows are broken where their heights differ least from the one wished for, over the whole page and
not row by row: the total-fit line breaking of Knuth and Plass (1981), with heights in the place
of spaces.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from firs.errors import InputError

NARROWEST, WIDEST = 0.4, 3.5
"""Proportions (width over height) at which a strip of a picture is no longer one to look at."""

OPEN = 1.25
"""A last row that had to be stretched more than this to end flush is left open instead."""


@dataclass(frozen=True, slots=True)
class Box:
    """The position of an image, in pixels; ``row`` counts from 0."""

    row: int
    x: int
    y: int
    width: int
    height: int


def layout_rows(
    proportions: Sequence[float], width: int, row_height: int, gap: int, below: int = 0
) -> list[Box]:
    """Lay pictures out in rows of about ``row_height`` that end flush with ``width``.

    A last row too short for that stays open.

    Args:
        proportions: each picture's width over its height; beyond 0.4 to 3.5 they are cut to that.
        width: of the page, in pixels.
        row_height: wished for, in pixels; rows come out a little higher or lower.
        gap: between pictures and between rows, in pixels.
        below: room to leave under each picture for its caption, in pixels.

    Returns:
        A box a picture, in the same order.

    Raises:
        InputError: the page is too small for its pictures, or a proportion is not positive.
    """
    if not 1 <= row_height <= width or min(proportions, default=1) <= 0:
        raise InputError(
            f"A page of pictures needs rows at least 1 pixel high and no higher than the page is "
            f"wide, not {row_height} on {width}."
        )
    shapes = [min(max(shape, NARROWEST), WIDEST) for shape in proportions]
    boxes: list[Box] = []
    y = 0
    for row, (start, end) in enumerate(_rows(shapes, width, row_height, gap)):
        height = _height(shapes[start:end], width, gap)
        if end == len(shapes) and height > OPEN * row_height:
            height = row_height
        boxes += _row(row, shapes[start:end], y, height, gap)
        y += round(height) + below + gap
    return boxes


def _rows(shapes: Sequence[float], width: int, row_height: int, gap: int) -> list[tuple[int, int]]:
    """Return the start and end of each row, minimizing the sum of the rows' costs."""
    costs, starts = [0.0], [0]
    for end in range(1, len(shapes) + 1):
        choices: list[tuple[float, int]] = []
        for start in range(end - 1, -1, -1):
            height = _height(shapes[start:end], width, gap)
            if height < row_height / 2 and choices:
                break
            costly = _cost(height / row_height, last=end == len(shapes))
            choices.append((costs[start] + costly, start))
        cost, start = min(choices)
        costs.append(cost)
        starts.append(start)
    return _trace_rows(starts)


def _trace_rows(starts: Sequence[int]) -> list[tuple[int, int]]:
    rows, end = [], len(starts) - 1
    while end > 0:
        rows.append((starts[end], end))
        end = starts[end]
    return rows[::-1]


def _cost(stretch: float, *, last: bool) -> float:
    if last and stretch > OPEN:
        return 0
    return max(stretch, 1 / stretch) - 1


def _height(shapes: Sequence[float], width: int, gap: int) -> float:
    """Height at which the pictures and the gaps between them fill the width."""
    return max((width - gap * (len(shapes) - 1)) / sum(shapes), 1)


def _row(row: int, shapes: Sequence[float], y: int, height: float, gap: int) -> list[Box]:
    """Boxes side by side; each edge is rounded by itself, so that no error adds up."""
    boxes, x = [], 0.0
    for shape in shapes:
        left, right = round(x), round(x + shape * height)
        boxes.append(Box(row, left, y, right - left, round(height)))
        x += shape * height + gap
    return boxes
