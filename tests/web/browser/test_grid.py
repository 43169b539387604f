"""Rows that fill the width, and only what is near the screen on the page."""

from itertools import pairwise

from playwright.sync_api import Page, Route, expect

from tests.web.browser.conftest import SCENES, Open
from tests.web.browser.doing import cells, ids, search

GAP = 3
_PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"/>'
_BOXES = """[...document.querySelectorAll('#grid [role=row]')].map(row =>
    [...row.children].map(cell => { const b = cell.getBoundingClientRect();
      return [b.left, b.right, b.height, b.top]; }))"""
_SHOWN = "(async () => (await import('./js/store.js')).state.view.items.map(({ id }) => id))()"
_NEWEST = """async count => { const { api } = await import("./js/api.js");
  const [{ id }] = await api.collections();
  return (await api.browse(id, 0, count)).images.map(image => image.id); }"""


def test_rows_fill_the_width(page: Page) -> None:
    width = page.evaluate("document.documentElement.clientWidth")
    rows = page.evaluate(_BOXES)
    assert len(rows) > 2
    for row in rows[:-1]:
        assert row[0][0] == 0
        assert abs(row[-1][1] - width) <= 1
        assert all(abs(after[0] - before[1] - GAP) <= 1 for before, after in pairwise(row))
        assert len({box[2] for box in row}) == 1


def test_pictures_keep_their_proportions(page: Page) -> None:
    expect(cells(page).first.locator("img")).to_have_js_property("complete", True)
    off = page.evaluate("""[...document.querySelectorAll('.cell img')].filter(i => i.naturalWidth)
        .map(i => [i.clientWidth / i.clientHeight, i.naturalWidth / i.naturalHeight])
        .map(([shown, own]) => Math.abs(Math.log(shown / own)))""")
    assert off
    assert max(off) < 0.03


def test_the_end_is_reached_and_few_are_on_the_page(page: Page) -> None:
    page.keyboard.press("Escape")
    for _ in range(8):
        page.keyboard.press("End")
        page.wait_for_timeout(150)
    last = page.locator(":focus")
    assert last.get_attribute("data-at") == str(SCENES - 1)
    assert cells(page).count() < 120


def test_ten_thousand_results_cost_what_ten_do(page: Page) -> None:
    page.route(
        "**/thumbnail?*", lambda route: route.fulfill(content_type="image/svg+xml", body=_PICTURE)
    )
    page.evaluate("""async () => {
      const { set, state } = await import("./js/store.js");
      const some = state.view.items;
      const shapes = (i) => some[i % some.length];
      const items = Array.from({ length: 10000 }, (_, i) => ({ ...shapes(i), id: 1e6 + i }));
      set({ view: { key: "many", list: -1, items, total: items.length } });
    }""")
    for part in (0, 0.5, 1):
        page.evaluate("part => scrollTo(0, part * document.body.scrollHeight)", part)
        page.wait_for_timeout(100)
        assert 10 < cells(page).count() < 150
    assert page.evaluate("document.querySelectorAll('*').length") < 4000


def delay(page: Page, pattern: str, milliseconds: int) -> None:
    """Let some answers come late."""

    def wait(route: Route) -> None:
        page.wait_for_timeout(milliseconds)
        route.continue_()

    page.route(pattern, wait)


def test_more_of_a_list_that_was_left_does_not_join_the_next(page: Page) -> None:
    search(page, "a train")
    delay(page, "**/images?*", 400)
    delay(page, "**/results?start=60*", 800)
    page.evaluate("history.back(); scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(1500)
    shown = page.evaluate(_SHOWN)
    newest = page.evaluate(_NEWEST, SCENES)
    assert len(shown) >= 60
    assert shown == newest[: len(shown)]


def test_the_slider_changes_the_size_and_keeps_the_place(page: Page) -> None:
    page.evaluate("scrollTo(0, 1500)")
    page.wait_for_timeout(100)
    top = page.evaluate(_FIRST_SEEN)
    page.locator("#size").focus()
    page.keyboard.press("PageUp")
    page.wait_for_timeout(100)
    assert abs(int(page.evaluate(_FIRST_SEEN)) - int(top)) < 8


_FIRST_SEEN = """[...document.querySelectorAll('.cell')].find(cell =>
    cell.getBoundingClientRect().bottom > document.querySelector('#top').offsetHeight).dataset.at"""


def test_thumbnails_are_sharp_and_no_larger_than_that(open_page: Open) -> None:
    page = open_page(viewport={"width": 1000, "height": 700}, device_scale_factor=2)
    sizes = page.evaluate(
        "[...document.querySelectorAll('.cell img')]"
        ".map(i => Number(new URL(i.src).searchParams.get('size')))"
    )
    assert set(sizes) <= {512, 1024}


def test_a_narrow_window_has_no_sideways_scroll(open_page: Open) -> None:
    page = open_page(viewport={"width": 360, "height": 740})
    assert ids(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
