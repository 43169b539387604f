"""Why a picture matches, in the large view: computed for what is looked at and nothing else."""

from playwright.sync_api import Page, expect

from tests.web.browser.conftest import Open
from tests.web.browser.doing import cells, search, settled, until


def test_the_map_lies_over_the_picture_and_words_have_their_shares(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    search(page, "a red train")
    assert not [each for each in asked if "explanation" in each]
    cells(page).first.click()
    expect(page.locator("#overlay")).to_be_visible()
    expect(page.locator("#viewer-shares li")).to_have_count(3)
    expect(page.locator("#viewer-shares li").nth(1)).to_contain_text("red")
    expect(page.locator("#overlay-true")).to_contain_text("Blurred there")
    until(page, "document.querySelector('#overlay').naturalWidth > 100")
    pictures = {each.split("/images/")[1].split("/")[0] for each in asked if "explanation" in each}
    assert len(pictures) == 1


def test_the_map_has_the_place_and_the_shape_of_the_picture(page: Page) -> None:
    search(page, "a red train")
    cells(page).first.click()
    until(page, "document.querySelector('#overlay').naturalWidth > 100")
    assert page.evaluate("""() => {
      const [a, b] = ["viewer-picture", "overlay"].map(id => document.getElementById(id));
      const [p, q] = [a, b].map(each => each.getBoundingClientRect());
      const shapes = [a, b].map(each => each.naturalWidth / each.naturalHeight);
      return Math.abs(p.x - q.x) < 1 && Math.abs(p.width - q.width) < 1
        && Math.abs(p.height - q.height) < 1 && Math.abs(shapes[0] - shapes[1]) < 0.02;
    }""")


def test_the_slider_takes_the_map_away(page: Page) -> None:
    search(page, "a red train")
    cells(page).first.click()
    expect(page.locator("#overlay")).to_be_visible()
    page.locator("#overlay-strength").focus()
    page.keyboard.press("Home")
    expect(page.locator("#overlay")).to_have_css("opacity", "0")


def test_the_next_picture_has_its_own(page: Page) -> None:
    search(page, "a red train")
    cells(page).first.click()
    expect(page.locator("#overlay")).to_be_visible()
    before = page.locator("#overlay").get_attribute("src")
    page.locator("#viewer-next").click()
    until(page, "before => document.querySelector('#overlay').src !== before", before)
    expect(page.locator("#viewer-shares li")).to_have_count(3)


def test_pictures_that_are_passed_over_are_not_explained(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    search(page, "a red train")
    cells(page).first.click()
    page.evaluate("""() => {
      for (let at = 0; at < 6; at++) document.querySelector("#viewer-next").click();
    }""")
    expect(page.locator("#viewer-shares li")).to_have_count(3)
    pictures = {each.split("/images/")[1].split("/")[0] for each in asked if "explanation" in each}
    assert len(pictures) <= 2


def test_on_a_phone(open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 740})
    search(page, "a red train")
    cells(page).first.click()
    expect(page.locator("#viewer-shares li")).to_have_count(3)
    assert page.evaluate("document.querySelector('#viewer').scrollWidth <= innerWidth")


def test_where_no_words_were_searched_for_nothing_is_explained(page: Page) -> None:
    cells(page).first.click()
    expect(page.locator("#viewer-facts dt").first).to_be_visible()
    expect(page.locator("#viewer-shares")).to_be_hidden()
    expect(page.locator("#overlay-true")).to_be_hidden()


def test_a_picture_that_was_searched_with_is_compared(page: Page) -> None:
    cells(page).nth(2).click()
    settled(page, lambda: page.locator("#viewer-like [data-like='1']").click())
    cells(page).nth(1).click()
    expect(page.locator("#overlay")).to_be_visible()
    assert "/likeness/" in str(page.locator("#overlay").get_attribute("src"))
    expect(page.locator("#viewer-shares")).to_be_hidden()
