"""What the collection has learnt, added, seen in a result and taken back."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.doing import search
from tests.web.browser.serving import Site


@pytest.fixture
def site(own_site: Site) -> Site:
    return own_site


def test_captions_are_added_shown_and_undone(page: Page) -> None:
    page.click("#collection")
    page.click("#learning summary")
    expect(page.locator("#expansions li")).to_have_count(0)
    page.click("#learning [data-by=captions]")
    expect(page.locator("#expansions li")).to_contain_text("captions for")
    page.keyboard.press("Escape")
    search(page, "a black pony in the desert in the moonlight")
    page.locator(".cell").first.click()
    expect(page.locator("#viewer-matches")).to_contain_text("also found by")
    page.keyboard.press("Escape")
    page.click("#collection")
    page.click("#expansions button")
    expect(page.locator("#expansions li")).to_have_count(0)


def test_the_log_is_off_until_it_is_turned_on(page: Page, site: Site) -> None:
    page.click("#collection")
    page.click("#learning summary")
    site.may_fail = True
    page.click("#learning [data-by=moves]")
    expect(page.locator("#learning-wrong")).to_contain_text("Turn the log on")
    site.may_fail = False
    expect(page.locator("#log-on")).not_to_be_checked()
    page.check("#log-on")
    expect(page.locator("#notice-words")).to_contain_text("from now on")
    page.keyboard.press("Escape")
    search(page, "a dog on a beach")
    page.click("#collection")
    page.click("#learning summary")
    page.click("#learning summary")
    expect(page.locator("#log-clear")).to_have_text("Delete 1 record")
    page.click("#log-clear")
    expect(page.locator("#log-clear")).to_be_hidden()
