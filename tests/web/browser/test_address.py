"""Every state has an address: reload, back, forward, a second tab."""

from playwright.sync_api import Page, expect

from tests.web.browser.conftest import Open
from tests.web.browser.doing import address, chips, ids, marks, press, search, settled, until
from tests.web.browser.serving import Site
from tests.web.browser.tabs import reload, visit


def steer(page: Page) -> None:
    search(page, "a dog on a beach")
    press(page, "Escape", "Space", "j", "x")


def test_a_reload_shows_the_same(page: Page) -> None:
    steer(page)
    settled(page, lambda: press(page, "i"))
    press(page, "j", "j", "Space")
    expect(page.locator("#rounds .count")).to_have_count(3)
    page.locator("#field").fill("half a thou")
    before = ids(page), marks(page), chips(page)
    reload(page)
    assert (ids(page), marks(page), chips(page)) == before
    expect(page.locator("#field")).to_have_value("half a thou")
    until(page, "() => { scrollTo(0, 2000); return history.state?.top > 1900; }")
    reload(page)
    until(page, "() => scrollY > 1900")


def test_back_and_forward(page: Page) -> None:
    start = ids(page)
    steer(page)
    first = ids(page)
    settled(page, lambda: press(page, "i"))
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
    steer(page)
    expect(page.locator("#rounds .count")).to_have_count(2)
    other = open_page(address(page))
    assert ids(other) == ids(page)
    assert marks(other) == marks(page)
    page.locator(".cell").nth(2).click()
    name = page.locator("#viewer-name").inner_text()
    assert "image=" in address(page)
    visit(other, address(page))
    expect(other.locator("#viewer-name")).to_have_text(name)
    page.go_back()
    expect(page.locator("#viewer")).to_be_hidden()
    page.go_forward()
    expect(page.locator("#viewer-name")).to_have_text(name)


def test_unknown_session_is_reported_and_all_pictures_shown(page: Page, site: Site) -> None:
    site.may_fail = True
    visit(page, address(page) + "&s=nonesuch")
    expect(page.locator("#notice-words")).to_contain_text("no session 'nonesuch'")
    expect(page.locator(".cell").first).to_be_visible()
