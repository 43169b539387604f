"""The modules that only compute: rows of pictures, and what was typed."""

import random
from typing import Any

from playwright.sync_api import Page

_ROWS = """async ([shapes, width, wished, complete]) => {
  const { boxesOf, rowsOf } = await import("./js/layout.js");
  const rows = rowsOf(shapes, width, wished, 3, complete);
  return rows.map(row => ({ ...row, boxes: boxesOf(shapes, row, width, 3) }));
}"""
_PARSED = """async typed => (await import("./js/terms.js")).parseTerms(typed)
    .map(({ text, weight }) => [text, weight])"""
TYPED = {
    "a dog": [["a dog", 1]],
    "a dog -leash": [["a dog", 1], ["leash", -1]],
    "a dog −a red leash +grass": [["a dog", 1], ["a red leash", -1], ["grass", 1]],
    "-snow": [["snow", -1]],
    "a t-shirt - blue": [["a t-shirt - blue", 1]],
    "a black-and-white cow": [["a black-and-white cow", 1]],
    "  ": [],
    "-": [],
}


def rows(page: Page, shapes: list[float], width: int, wished: int, complete: bool = True) -> Any:
    return page.evaluate(_ROWS, [shapes, width, wished, complete])


def test_rows(page: Page) -> None:
    check_every_picture_is_there_once_in_rows_that_end_flush(page)
    check_rows_stay_when_more_pictures_come(page)
    check_one_picture_is_not_blown_up(page)


def check_every_picture_is_there_once_in_rows_that_end_flush(page: Page) -> None:
    for width, wished in ((360, 170), (1280, 200), (2560, 90)):
        draw = random.Random(width)
        shapes = [draw.choice([0.4, 0.75, 1.0, 1.33, 1.5, 3.5]) for _ in range(200)]
        made = rows(page, shapes, width, wished)
        assert [row["start"] for row in made] == [0, *(row["end"] for row in made[:-1])]
        assert made[-1]["end"] == len(shapes)
        for row in made[:-1]:
            last = row["boxes"][-1]
            assert abs(last["x"] + last["width"] - width) <= 1
            assert wished / 2.5 <= row["height"] <= 2.5 * wished


def check_rows_stay_when_more_pictures_come(page: Page) -> None:
    draw = random.Random(0)
    shapes = [draw.uniform(0.5, 2) for _ in range(120)]
    few = rows(page, shapes[:60], 1000, 200, complete=False)
    more = rows(page, shapes, 1000, 200, complete=False)
    assert more[: len(few)] == few


def check_one_picture_is_not_blown_up(page: Page) -> None:
    [row] = rows(page, [1.5], 1280, 200)
    assert row["height"] == 200
    assert rows(page, [], 1280, 200) == []


def test_typed_text_is_parsed(page: Page) -> None:
    assert {typed: page.evaluate(_PARSED, typed) for typed in TYPED} == TYPED
