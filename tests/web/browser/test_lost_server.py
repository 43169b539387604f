"""The server goes away and comes back; nothing that a person did is lost."""

from playwright.sync_api import Page, expect

from tests.web.browser.doing import marks, search
from tests.web.browser.serving import Site


def test_marks_given_while_it_is_away_arrive(page: Page, site: Site) -> None:
    search(page, "a dog on a beach")
    site.may_fail = True
    site.close()
    page.keyboard.press("Escape")
    page.keyboard.press("Space")
    expect(page.locator("#notice")).to_contain_text("does not answer")
    assert list(marks(page).values()) == ["relevant"]
    page.keyboard.press("j")
    page.keyboard.press("x")
    site.start()
    expect(page.locator("#notice")).to_contain_text("is back", timeout=15_000)
    expect(page.locator("#rounds .count")).to_have_count(2)
    before = marks(page)
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert marks(page) == before


def test_a_search_waits_for_it(page: Page, site: Site) -> None:
    site.may_fail = True
    site.close()
    page.locator("#field").fill("a dog on a beach")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("does not answer")
    site.start()
    expect(page.locator("#rounds li")).to_have_count(1, timeout=15_000)
