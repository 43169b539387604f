"""An answer that comes late changes nothing newer; the tests say in which order answers come."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.browser.conftest import SCENES, Open
from tests.web.browser.delayed import Late
from tests.web.browser.doing import cells, chips, ids, press, search, settled, until
from tests.web.browser.serving import Site

_SHOWN = "(async () => (await import('./js/store.js')).state.view.items.map(({ id }) => id))()"
_NEWEST = """async count => { const { api } = await import("./js/api.js");
  const [{ id }] = await api.collections();
  return (await api.browse(id, 0, count)).images.map(image => image.id); }"""
_IS_IDLE = "() => !document.body.classList.contains('busy')"


@pytest.fixture
def found(page: Page) -> Page:
    """The page with the results of a search, the first in focus."""
    search(page, "a dog on a beach")
    press(page, "Escape")
    return page


def test_late_results_of_a_left_list_do_not_join_the_next(open_page: Open) -> None:
    page = open_page(viewport={"width": 1280, "height": 400})  # more is read where it is scrolled
    search(page, "a dog on a beach")
    images, more = Late(page, "**/images?*"), Late(page, "**/results?start=60*")
    page.go_back()
    images.wait()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    more.wait()
    settled(page, images.release)
    more.release()
    shown = page.evaluate(_SHOWN)
    assert len(shown) >= 60
    assert shown == page.evaluate(_NEWEST, SCENES)[: len(shown)]


def test_mark_made_while_the_next_round_is_computed_stays(found: Page) -> None:
    press(found, "Space")
    made = Late(found, "**/next?*")
    press(found, "i")
    made.wait()
    press(found, "j", "x")
    made.release()
    expect(found.locator("#rounds [aria-current=step]")).to_contain_text("2")
    expect(found.locator("#rounds li").first.locator(".count")).to_have_count(2)


def test_a_mark_that_is_answered_while_another_round_is_fetched_stays(found: Page) -> None:
    settled(found, lambda: press(found, "i"))
    marked, results = Late(found, "**/marks"), Late(found, "**/rounds/0/results?*")
    press(found, "Space")
    marked.wait()
    found.locator("#rounds button").first.click()
    results.wait()
    marked.release()
    settled(found, results.release)
    expect(found.locator("#rounds li").last.locator(".count")).to_have_count(1)


def test_a_picture_of_the_query_stays_when_an_older_search_ends(page: Page, site: Site) -> None:
    results, uploads = Late(page, "**/sessions?first=*"), list[Route]()
    page.route("**/uploads", lambda route: uploads.append(route))
    page.locator("#field").fill("a beach")
    press(page, "Enter")
    results.wait()
    page.locator("#file").set_input_files(site.folder / "scene-00007.jpg")
    results.release()
    assert chips(page) == ["a beach, weight 1", "scene-00007.jpg, weight 1"]
    settled(page, lambda: uploads.pop().continue_())
    assert chips(page) == ["a beach, weight 1", "scene-00007.jpg, weight 1"]


def test_an_undone_round_is_left_before_anything_else_begins(found: Page) -> None:
    before = ids(found)
    settled(found, lambda: press(found, "i"))
    undone, results = Late(found, "**/undo"), Late(found, "**/rounds/0/results?*")
    found.evaluate("""() => {
      window.leaving = new Promise(resolve => { history.back = resolve; });
    }""")
    press(found, "u")
    undone.release()
    found.evaluate("() => window.leaving.then(() => null)")
    assert not found.evaluate(f"({_IS_IDLE})()")
    expect(found.locator("#rounds li")).to_have_count(1)
    found.evaluate("""() => {
      const left = new Promise(resolve => addEventListener("popstate", resolve, { once: true }));
      History.prototype.back.call(history);
      return left.then(() => null);
    }""")
    results.wait()
    assert not found.evaluate(f"({_IS_IDLE})()")
    results.release()
    until(found, _IS_IDLE)
    assert ids(found) == before
    expect(found.locator("#rounds li")).to_have_count(1)


def test_place_that_is_left_early_does_not_scroll_the_next_list(found: Page) -> None:
    until(found, "() => { scrollTo(0, 2000); return history.state?.top > 1900; }")
    search(found, "a train")
    old, new = Late(found, "**/results?*"), Late(found, "**/sessions?first=*")
    found.go_back()
    old.wait()
    found.locator("#field").fill("snow")
    press(found, "Enter")
    settled(found, new.release)
    assert found.evaluate("scrollY") == 0


def test_scroll_position_is_stored_before_a_list_is_left(found: Page) -> None:
    until(found, "() => { scrollTo(0, 500); return history.state?.top > 400; }")
    found.evaluate("""() => {
      scrollTo(0, 1500);
      document.querySelector(".cell img").click();
    }""")
    expect(found.locator("#viewer")).to_be_visible()
    found.go_back()
    expect(found.locator("#viewer")).to_be_hidden()
    until(found, _IS_IDLE)
    assert found.evaluate("scrollY") == 1500


def test_next_picture_shows_nothing_of_the_previous_one(page: Page) -> None:
    search(page, "a red train")
    cells(page).first.click()
    expect(page.locator("#viewer-shares li")).to_have_count(3)
    expect(page.locator("#overlay")).to_be_visible()
    known = Late(page, f"**/images/{ids(page, 2)[1]}")
    press(page, "j")
    known.wait()
    expect(page.locator("#overlay")).to_be_hidden()
    expect(page.locator("#viewer-shares li")).to_have_count(0)
    expect(page.locator("#viewer-captions")).to_have_css("visibility", "hidden")
    known.release()
    expect(page.locator("#viewer-captions")).to_have_css("visibility", "visible")
    expect(page.locator("#viewer-shares li")).to_have_count(3)
