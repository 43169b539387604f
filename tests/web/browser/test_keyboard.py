"""Everything by keys alone."""

from playwright.sync_api import Page, expect

from tests.web.browser.doing import focused, ids, marks, settled


def test_a_whole_search_without_a_mouse(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("a dog on a beach")
    settled(page, lambda: page.keyboard.press("Enter"))
    first, second, third = ids(page, 3)
    page.keyboard.press("ArrowDown")
    assert focused(page) == first
    page.keyboard.press("Space")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("f")
    assert marks(page) == {first: "relevant", second: "irrelevant", third: "found"}
    settled(page, lambda: page.keyboard.press("i"))
    assert focused(page) == ids(page, 1)[0]
    settled(page, lambda: page.keyboard.press("u"))
    page.keyboard.press("u")
    expect(page.locator('.cell[data-mark="found"]')).to_have_count(0)


def test_rows_up_and_down(page: Page) -> None:
    page.keyboard.press("Escape")
    start = focused(page)
    page.keyboard.press("ArrowDown")
    below = page.locator(":focus").bounding_box()
    page.keyboard.press("ArrowUp")
    assert focused(page) == start
    above = page.locator(":focus").bounding_box()
    assert below is not None
    assert above is not None
    assert below["y"] >= above["y"] + above["height"]


def test_the_large_view(page: Page) -> None:
    page.keyboard.press("Escape")
    first, second = ids(page, 2)
    page.keyboard.press("Enter")
    expect(page.locator("#viewer")).to_be_visible()
    assert f"image={first}" in page.url
    page.keyboard.press("j")
    assert f"image={second}" in page.url
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    assert focused(page) == second


def test_marks_in_the_large_view(page: Page) -> None:
    page.keyboard.type("a dog on a beach")
    settled(page, lambda: page.keyboard.press("Enter"))
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    expect(page.locator("#viewer .tick")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#viewer .star")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    assert list(marks(page).values()) == ["relevant", "found"]


def test_more_like_this(page: Page) -> None:
    page.keyboard.press("Escape")
    wanted = focused(page)
    settled(page, lambda: page.keyboard.press("m"))
    assert ids(page, 1) == [wanted]


def test_help_opens_and_gives_the_focus_back(page: Page) -> None:
    page.keyboard.press("Escape")
    before = focused(page)
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    assert focused(page) == before


def test_keys_do_nothing_while_a_person_writes(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("jumping fox, mixed / why?")
    expect(page.locator("#field")).to_have_value("jumping fox, mixed / why?")
    expect(page.locator("#help")).to_be_hidden()


def test_tab_reaches_the_pictures_and_the_button(page: Page) -> None:
    page.keyboard.type("a dog on a beach")
    settled(page, lambda: page.keyboard.press("Enter"))
    reached = set()
    for _ in range(24):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"saved-button", "help-button", "size", "cell steers", "iterate", "more"} <= {
        name.replace(" narrow", "") for name in reached
    }
