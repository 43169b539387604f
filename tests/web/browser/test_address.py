"""Every state has an address: reload, back, forward, a second tab."""

from playwright.sync_api import Page, expect

from tests.web.browser.conftest import Open
from tests.web.browser.doing import chips, ids, marks, search, settled, until
from tests.web.browser.serving import Site


def steered(page: Page) -> None:
    search(page, "a dog on a beach")
    page.keyboard.press("Escape")
    for key in ("Space", "j", "x"):
        page.keyboard.press(key)


def test_a_reload_shows_the_same(page: Page) -> None:
    steered(page)
    settled(page, lambda: page.keyboard.press("i"))
    page.keyboard.press("Space")
    expect(page.locator("#rounds .count").last).to_be_visible()
    before = ids(page), marks(page), chips(page)
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert (ids(page), marks(page), chips(page)) == before


def test_back_and_forward(page: Page) -> None:
    start = ids(page)
    steered(page)
    first = ids(page)
    settled(page, lambda: page.keyboard.press("i"))
    second = ids(page)
    settled(page, page.go_back)
    assert ids(page) == first
    settled(page, page.go_back)
    assert ids(page) == start
    assert chips(page) == []
    settled(page, page.go_forward)
    settled(page, page.go_forward)
    assert ids(page) == second


def test_a_second_tab_shows_the_same(page: Page, open_page: Open) -> None:
    steered(page)
    expect(page.locator("#rounds .count")).to_have_count(2)
    other = open_page(page.url)
    assert ids(other) == ids(page)
    assert marks(other) == marks(page)


def test_a_large_view_has_an_address(page: Page, open_page: Open) -> None:
    search(page, "a dog on a beach")
    page.locator(".cell").nth(2).click()
    name = page.locator("#viewer-name").inner_text()
    assert "image=" in page.url
    other = open_page(page.url)
    expect(other.locator("#viewer-name")).to_have_text(name)
    page.go_back()
    expect(page.locator("#viewer")).to_be_hidden()
    page.go_forward()
    expect(page.locator("#viewer-name")).to_have_text(name)


def test_a_reload_far_down_stays_there(page: Page) -> None:
    search(page, "a dog on a beach")
    until(page, "() => { scrollTo(0, 2000); return history.state?.top > 1900; }")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    until(page, "scrollY > 1900")


def test_what_was_typed_survives_a_reload(page: Page) -> None:
    page.locator("#field").fill("half a thou")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#field")).to_have_value("half a thou")


def test_an_unknown_session_is_told_and_all_pictures_shown(open_page: Open, site: Site) -> None:
    site.may_fail = True
    page = open_page()
    page.goto(page.url + "&s=nonesuch")
    expect(page.locator("#notice")).to_be_visible()
    expect(page.locator(".cell").first).to_be_visible()
