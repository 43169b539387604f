"""Everything by keys alone."""

from playwright.sync_api import Page, expect

from tests.web.browser.doing import address, focused, ids, marks, press, settled

REACHED_BY_TAB = {"saved-button", "help-button", "size", "cell steers", "iterate", "more"}


def search_by_keys(page: Page) -> None:
    press(page, "/")
    page.keyboard.type("a dog on a beach")
    settled(page, lambda: press(page, "Enter"))


def test_a_whole_search_without_a_mouse(page: Page) -> None:
    search_by_keys(page)
    first, second, third = ids(page, 3)
    press(page, "ArrowDown")
    assert focused(page) == first
    press(page, "Space", "j", "x", "ArrowRight", "f")
    assert marks(page) == {first: "relevant", second: "irrelevant", third: "found"}
    settled(page, lambda: press(page, "i"))
    assert focused(page) == ids(page, 1)[0]
    settled(page, lambda: press(page, "u"))
    press(page, "u")
    expect(page.locator('.cell[data-mark="found"]')).to_have_count(0)


def test_tab_reaches_the_pictures_and_the_button(page: Page) -> None:
    search_by_keys(page)
    reached = set()
    for _ in range(24):
        press(page, "Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {name.replace(" narrow", "") for name in reached} >= REACHED_BY_TAB


def test_arrow_keys_move_between_rows(page: Page) -> None:
    press(page, "Escape")
    start = focused(page)
    press(page, "ArrowDown")
    below = page.locator(":focus").bounding_box()
    press(page, "ArrowUp")
    assert focused(page) == start
    above = page.locator(":focus").bounding_box()
    assert below is not None
    assert above is not None
    assert below["y"] >= above["y"] + above["height"]


def test_marks_in_the_large_view(page: Page) -> None:
    search_by_keys(page)
    first, second = ids(page, 2)
    press(page, "Escape", "Enter")
    expect(page.locator("#viewer")).to_be_visible()
    assert f"image={first}" in address(page)
    press(page, "Space")
    expect(page.locator("#viewer .tick")).to_have_attribute("aria-pressed", "true")
    press(page, "j")
    assert f"image={second}" in address(page)
    press(page, "Enter")
    expect(page.locator("#viewer .star")).to_have_attribute("aria-pressed", "true")
    press(page, "Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    assert focused(page) == second
    assert marks(page) == {first: "relevant", second: "found"}


def test_help_and_more_like_this(page: Page) -> None:
    press(page, "/")
    page.keyboard.type("jumping fox, mixed / why?")
    expect(page.locator("#field")).to_have_value("jumping fox, mixed / why?")
    expect(page.locator("#help")).to_be_hidden()
    press(page, "Escape")
    before = focused(page)
    press(page, "?")
    expect(page.locator("#help")).to_be_visible()
    press(page, "Escape")
    expect(page.locator("#help")).to_be_hidden()
    assert focused(page) == before
    settled(page, lambda: press(page, "m"))
    assert ids(page, 1) == [before]
