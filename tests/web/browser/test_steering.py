"""Marks, Iterative, undo, and the strip of rounds."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.doing import address, cells, ids, marks, press, search, settled
from tests.web.browser.tabs import reload


@pytest.fixture
def found(page: Page) -> Page:
    """The page with the results of a search, the first in focus."""
    search(page, "a dog on a beach")
    press(page, "Escape")
    return page


def test_marks_by_click_and_by_key(found: Page) -> None:
    first, second, third = ids(found, 3)
    for id_, button in ((first, ".tick"), (second, ".cross"), (third, ".star")):
        cell = found.locator(f'.cell[data-id="{id_}"]')
        cell.hover()
        cell.locator(button).click()
    assert marks(found) == {first: "relevant", second: "irrelevant", third: "found"}
    expect(found.locator("#counts")).to_have_text("111")
    expect(found.locator("#viewer")).to_be_hidden()
    press(found, "Home", "Space")
    assert marks(found) == {second: "irrelevant", third: "found"}
    press(found, "Space")
    assert marks(found)[first] == "relevant"


def test_numbers_are_shown_on_request(found: Page) -> None:
    expect(cells(found).first.locator(".info")).to_be_empty()
    press(found, "n")
    expect(cells(found).first.locator(".info")).to_contain_text("#1")


def test_iterative_starts_a_round_and_explains_changes(found: Page) -> None:
    before = ids(found)
    press(found, "Space", "j", "j", "x", "j", "j", "Space")
    settled(found, lambda: found.locator("#iterate").click())
    assert ids(found) != before
    expect(found.locator("#rounds li")).to_have_count(2)
    expect(found.locator("#rounds [aria-current=step]")).to_contain_text("2")
    expect(found.locator(".info .moved").first).to_be_visible()
    expect(found.locator("#summary")).not_to_be_empty()
    found.locator(".cell:has(.rose)").first.click()
    expect(found.locator("#viewer-moved")).to_have_text(re.compile(r"\d+ → \d+"))
    expect(found.locator("#viewer-influences li").first).to_contain_text("your")


def test_undo_reverts_marks_and_then_rounds(found: Page) -> None:
    before = ids(found)
    press(found, "Space")
    settled(found, lambda: press(found, "i"))
    settled(found, lambda: press(found, "u"))
    assert ids(found) == before
    assert list(marks(found).values()) == ["relevant"]
    press(found, "u")
    expect(found.locator('.cell[data-mark="relevant"]')).to_have_count(0)
    expect(found.locator("#undo")).to_be_disabled()


def test_earlier_round_is_continued_here_and_in_a_copy(found: Page) -> None:
    first = ids(found)
    press(found, "Space")
    settled(found, lambda: press(found, "i"))
    settled(found, lambda: found.locator("#rounds button").first.click())
    assert ids(found) == first
    press(found, "j", "x")
    settled(found, lambda: press(found, "i"))
    expect(found.locator("#rounds li")).to_have_count(3)
    expect(found.locator("#rounds li.aside")).to_have_count(1)
    first_address = address(found)
    found.locator("#more").click()
    settled(found, lambda: found.locator("#branch").click())
    assert address(found) != first_address
    settled(found, found.go_back)
    assert address(found) == first_address


def test_method_and_strength_are_remembered(found: Page) -> None:
    found.locator("#more").click()
    names = found.locator("#method option").all_inner_texts()
    assert "auto" in names
    assert "rocchio" in names
    found.locator("#method").select_option("rocchio")
    found.locator("#strength").focus()
    press(found, "End", "Escape")
    found.locator("#iterate").focus()
    settled(found, lambda: press(found, "Enter"))
    reload(found)
    found.locator("#more").click()
    expect(found.locator("#method")).to_have_value("rocchio")
    expect(found.locator("#strength")).to_have_value("2")
