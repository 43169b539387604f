"""The server goes away and comes back; nothing that a person did is lost."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.doing import marks, press
from tests.web.browser.serving import Site
from tests.web.browser.tabs import reload


@pytest.fixture
def site(own_site: Site) -> Site:
    own_site.may_fail = True
    return own_site


def test_search_and_marks_wait_for_the_server(page: Page, site: Site) -> None:
    notice = page.locator("#notice")
    site.stop()
    page.locator("#field").fill("a dog on a beach")
    press(page, "Enter")
    expect(notice).to_contain_text("is not responding")
    expect(notice).to_be_visible()
    site.start()
    expect(page.locator("#rounds li")).to_have_count(1)
    site.stop()
    press(page, "Escape", "Space")
    expect(notice).to_contain_text("is not responding")
    assert list(marks(page).values()) == ["relevant"]
    press(page, "j", "x")
    site.start()
    expect(notice).to_contain_text("is back")
    expect(page.locator("#rounds .count")).to_have_count(2)
    before = marks(page)
    reload(page)
    assert marks(page) == before
