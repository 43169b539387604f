"""Marks, Iterative, undo, and the strip of rounds."""

from playwright.sync_api import Page, expect

from tests.web.browser.doing import cells, ids, marks, search, settled


def test_marks_by_click(page: Page) -> None:
    search(page, "a dog on a beach")
    first, second, third = ids(page, 3)
    for id_, button in ((first, ".tick"), (second, ".cross"), (third, ".star")):
        cell = page.locator(f'.cell[data-id="{id_}"]')
        cell.hover()
        cell.locator(button).click()
    assert marks(page) == {first: "relevant", second: "irrelevant", third: "found"}
    expect(page.locator("#counts")).to_have_text("111")
    expect(page.locator("#viewer")).to_be_hidden()


def test_the_same_key_takes_a_mark_away(page: Page) -> None:
    search(page, "a dog on a beach")
    page.keyboard.press("Escape")
    page.keyboard.press("Space")
    assert list(marks(page).values()) == ["relevant"]
    page.keyboard.press("Space")
    assert marks(page) == {}


def test_iterative_ranks_anew_and_tells_what_moved(page: Page) -> None:
    search(page, "a dog on a beach")
    before = ids(page)
    page.keyboard.press("Escape")
    for key in ("Space", "j", "Space", "j", "x"):
        page.keyboard.press(key)
    settled(page, lambda: page.locator("#iterate").click())
    assert ids(page) != before
    expect(page.locator("#rounds li")).to_have_count(2)
    expect(page.locator("#rounds [aria-current=step]")).to_contain_text("2")
    expect(page.locator(".told .moved").first).to_be_visible()
    expect(page.locator("#told")).not_to_be_empty()


def test_undo_takes_back_marks_and_then_rounds(page: Page) -> None:
    search(page, "a dog on a beach")
    before = ids(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Space")
    settled(page, lambda: page.keyboard.press("i"))
    settled(page, lambda: page.keyboard.press("u"))
    assert ids(page) == before
    assert list(marks(page).values()) == ["relevant"]
    page.keyboard.press("u")
    expect(page.locator('.cell[data-mark="relevant"]')).to_have_count(0)
    expect(page.locator("#undo")).to_be_disabled()


def test_going_back_a_round_and_on_from_there(page: Page) -> None:
    search(page, "a dog on a beach")
    first = ids(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Space")
    settled(page, lambda: page.keyboard.press("i"))
    settled(page, lambda: page.locator("#rounds button").first.click())
    assert ids(page) == first
    page.keyboard.press("j")
    page.keyboard.press("x")
    settled(page, lambda: page.keyboard.press("i"))
    expect(page.locator("#rounds li")).to_have_count(3)
    expect(page.locator("#rounds li.aside")).to_have_count(1)


def test_a_copy_leaves_the_first_as_it_is(page: Page) -> None:
    search(page, "a dog on a beach")
    address = page.url
    page.locator("#more").click()
    settled(page, lambda: page.locator("#branch").click())
    assert page.url != address
    settled(page, page.go_back)
    assert page.url == address


def test_method_and_strength_are_kept(page: Page) -> None:
    search(page, "a dog on a beach")
    page.locator("#more").click()
    names = page.locator("#method option").all_inner_texts()
    assert "auto" in names
    assert "rocchio" in names
    page.locator("#method").select_option("rocchio")
    page.locator("#strength").focus()
    page.keyboard.press("End")
    page.keyboard.press("Escape")
    page.locator("#iterate").focus()
    settled(page, lambda: page.keyboard.press("Enter"))
    page.reload()
    page.wait_for_selector("html[data-ready]")
    page.locator("#more").click()
    expect(page.locator("#method")).to_have_value("rocchio")
    expect(page.locator("#strength")).to_have_value("2")


def test_numbers_for_who_asks(page: Page) -> None:
    search(page, "a dog on a beach")
    expect(cells(page).first.locator(".told")).to_be_empty()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(cells(page).first.locator(".told")).to_contain_text("#1")
