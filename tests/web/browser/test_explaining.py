"""Why a picture matches, in the large view: computed for what is looked at and nothing else."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from tests.web.browser.conftest import Open
from tests.web.browser.doing import cells, search, settled, until

_HAS_MAP = "() => document.querySelector('#overlay').naturalWidth > 100"
_LIES_OVER_PICTURE = """() => {
  const [a, b] = ["viewer-picture", "overlay"].map(id => document.getElementById(id));
  const [p, q] = [a, b].map(each => each.getBoundingClientRect());
  const shapes = [a, b].map(each => each.naturalWidth / each.naturalHeight);
  return Math.abs(p.x - q.x) < 1 && Math.abs(p.width - q.width) < 1
    && Math.abs(p.height - q.height) < 1 && Math.abs(shapes[0] - shapes[1]) < 0.02;
}"""


Explained = Callable[[], set[str]]
"""→ the ids of the pictures that the page has requested an explanation for."""


@pytest.fixture
def explained(page: Page) -> Iterator[Explained]:
    addresses: list[str] = []

    def note(request: Request) -> None:
        addresses.append(request.url)

    page.on("request", note)
    yield lambda: {
        each.split("/images/")[1].split("/")[0] for each in addresses if "explanation" in each
    }
    page.remove_listener("request", note)


def test_map_covers_the_picture_and_words_have_shares(page: Page, explained: Explained) -> None:
    search(page, "a red train")
    assert explained() == set()
    cells(page).first.click()
    expect(page.locator("#overlay")).to_be_visible()
    expect(page.locator("#viewer-shares li")).to_have_count(3)
    expect(page.locator("#viewer-shares li").nth(1)).to_contain_text("red")
    expect(page.locator("#overlay-test")).to_contain_text("highlighted area")
    until(page, _HAS_MAP)
    until(page, _LIES_OVER_PICTURE)
    assert len(explained()) == 1
    page.locator("#overlay-strength").focus()
    page.keyboard.press("Home")
    expect(page.locator("#overlay")).to_have_css("opacity", "0")


def test_next_picture_has_its_own_explanation_and_skipped_ones_none(
    page: Page, explained: Explained
) -> None:
    search(page, "a red train")
    cells(page).first.click()
    expect(page.locator("#overlay-test")).to_contain_text("highlighted area")
    before = page.locator("#overlay").get_attribute("src")
    page.evaluate("""() => {
      for (let at = 0; at < 6; at++) document.querySelector("#viewer-next").click();
    }""")
    expect(page.locator("#viewer-shares li")).to_have_count(3)
    expect(page.locator("#overlay")).to_be_visible()
    assert page.locator("#overlay").get_attribute("src") != before
    assert len(explained()) == 2


def test_on_a_phone(open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 740}, has_touch=True)
    search(page, "a red train")
    cells(page).first.tap()
    expect(page.locator("#viewer-shares li")).to_have_count(3)
    assert page.evaluate("document.querySelector('#viewer').scrollWidth <= innerWidth")
    first = page.locator("#viewer-name").inner_text()
    page.locator("#stage").evaluate("""stage => {
      for (const [type, clientX] of [["pointerdown", 300], ["pointerup", 100]])
        stage.dispatchEvent(new PointerEvent(type, { pointerType: "touch", clientX }));
    }""")
    expect(page.locator("#viewer-name")).not_to_have_text(first)


def test_picture_of_the_query_is_compared(page: Page) -> None:
    cells(page).nth(2).click()
    settled(page, lambda: page.locator("#viewer-like [data-like='1']").click())
    cells(page).nth(1).click()
    expect(page.locator("#overlay")).to_be_visible()
    assert "/likeness/" in str(page.locator("#overlay").get_attribute("src"))
    expect(page.locator("#viewer-shares")).to_be_hidden()
