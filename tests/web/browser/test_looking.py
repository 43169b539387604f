"""One picture, large: what is known of it, and why it stands where it stands."""

import re

from playwright.sync_api import Page, expect

from tests.web.browser.conftest import Open
from tests.web.browser.doing import chips, search, settled


def test_what_is_known_of_a_picture(page: Page) -> None:
    page.locator(".cell").first.click()
    expect(page.locator("#viewer-name")).to_have_text(re.compile(r"scene-\d+\.jpg"))
    expect(page.locator("#viewer-captions li")).to_have_count(5)
    expect(page.locator("#viewer-facts")).to_contain_text("JPEG")
    expect(page.locator("#viewer-place")).to_contain_text("1 of")
    original = page.locator("#viewer-original").get_attribute("href")
    answer = page.request.get(str(original))
    assert answer.ok
    assert answer.headers["content-type"] == "image/jpeg"


def test_why_it_rose(page: Page) -> None:
    search(page, "a dog on a beach")
    page.keyboard.press("Escape")
    for key in ("Space", "j", "j", "x", "j", "j", "Space"):
        page.keyboard.press(key)
    settled(page, lambda: page.keyboard.press("i"))
    page.locator(".cell:has(.rose)").first.click()
    expect(page.locator("#viewer-moved")).to_have_text(re.compile(r"\d+ → \d+"))
    expect(page.locator("#viewer-because li").first).to_contain_text("your")


def test_the_next_picture_and_back(page: Page) -> None:
    page.locator(".cell").first.click()
    first = page.locator("#viewer-name").inner_text()
    page.locator("#viewer-next").click()
    expect(page.locator("#viewer-name")).not_to_have_text(first)
    page.locator("#viewer-previous").click()
    expect(page.locator("#viewer-name")).to_have_text(first)
    page.locator("#viewer-close").click()
    expect(page.locator("#viewer")).to_be_hidden()
    assert "image=" not in page.url


def test_less_like_this_from_the_large_view(page: Page) -> None:
    search(page, "a beach")
    page.locator(".cell").nth(1).click()
    settled(page, lambda: page.locator("#viewer-like [data-like='-1']").click())
    assert len(chips(page)) == 2
    assert chips(page)[1].startswith("not ")
    expect(page.locator("#viewer")).to_be_hidden()


def test_a_finger_goes_to_the_next_picture(open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 740}, has_touch=True)
    page.locator(".cell").first.tap()
    first = page.locator("#viewer-name").inner_text()
    page.locator("#stage").evaluate("""stage => {
      for (const [type, clientX] of [["pointerdown", 300], ["pointerup", 100]])
        stage.dispatchEvent(new PointerEvent(type, { pointerType: "touch", clientX }));
    }""")
    expect(page.locator("#viewer-name")).not_to_have_text(first)


def test_the_explanation_has_its_place_and_stays_hidden_until_there_is_one(page: Page) -> None:
    page.locator(".cell").first.click()
    expect(page.locator("#viewer-facts dt").first).to_be_visible()
    expect(page.locator("#overlay-row")).to_be_hidden()
