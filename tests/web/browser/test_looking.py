"""One picture, large: what is known of it."""

import re

from playwright.sync_api import Page, expect

from tests.web.browser.doing import cells


def test_expansions_of_an_image_are_listed(page: Page) -> None:
    cells(page).first.click()
    expect(page.locator("#viewer-name")).to_have_text(re.compile(r"scene-\d+\.jpg"))
    expect(page.locator("#viewer-captions li")).to_have_count(5)
    expect(page.locator("#viewer-facts")).to_contain_text("JPEG")
    expect(page.locator("#viewer-place")).to_contain_text("1 of")
    original = page.locator("#viewer-original").get_attribute("href")
    answer = page.request.get(str(original))
    assert answer.ok
    assert answer.headers["content-type"] == "image/jpeg"


def test_the_next_picture_and_back(page: Page) -> None:
    cells(page).first.click()
    first = page.locator("#viewer-name").inner_text()
    page.locator("#viewer-next").click()
    expect(page.locator("#viewer-name")).not_to_have_text(first)
    page.locator("#viewer-previous").click()
    expect(page.locator("#viewer-name")).to_have_text(first)
    page.locator("#viewer-close").click()
    expect(page.locator("#viewer")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("image="))


def test_nothing_is_explained_without_a_search(page: Page) -> None:
    cells(page).first.click()
    expect(page.locator("#viewer-facts dt").first).to_be_visible()
    expect(page.locator("#viewer-shares")).to_be_hidden()
    expect(page.locator("#overlay-test")).to_be_hidden()
    expect(page.locator("#overlay-row")).to_be_hidden()
