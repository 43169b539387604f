"""Rows that fill the width, and only what is near the screen on the page."""

from itertools import pairwise

from playwright.sync_api import Page, expect

from tests.web.browser.conftest import SCENES, Open
from tests.web.browser.doing import cells, ids, press, until

GAP = 3
_PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"/>'
_BOXES = """[...document.querySelectorAll('#grid [role=row]')].map(row =>
    [...row.children].map(cell => { const b = cell.getBoundingClientRect();
      return [b.left, b.right, b.height, b.top]; }))"""
_DISTORTIONS = """[...document.querySelectorAll('.cell img')].filter(i => i.naturalWidth)
    .map(i => [i.clientWidth / i.clientHeight, i.naturalWidth / i.naturalHeight])
    .map(([shown, own]) => Math.abs(Math.log(shown / own)))"""
_CELL_AT = """[0, 10].map(beyond_a_gap =>
    document.elementFromPoint(innerWidth / 2 + beyond_a_gap, %s + beyond_a_gap)?.closest('.cell'))
  .find(Boolean)"""
_FIRST_SEEN = _CELL_AT % "document.querySelector('#top').offsetHeight"
_IN_THE_MIDDLE = _CELL_AT % "innerHeight / 2"
_MANY = """async () => {
  const { set, state } = await import("./js/store.js");
  const some = (i) => state.view.items[i % state.view.items.length];
  const items = Array.from({ length: 10000 }, (_, i) => ({ ...some(i), id: 1e6 + i }));
  set({ view: { key: "many", list: -1, items, total: items.length } });
}"""


def test_rows_fill_the_width_with_pictures_of_their_proportions(page: Page) -> None:
    width = page.evaluate("document.documentElement.clientWidth")
    rows = page.evaluate(_BOXES)
    assert len(rows) > 2
    for row in rows[:-1]:
        assert row[0][0] == 0
        assert abs(row[-1][1] - width) <= 1
        assert all(abs(after[0] - before[1] - GAP) <= 1 for before, after in pairwise(row))
        assert len({box[2] for box in row}) == 1
    until(page, f"() => ({_DISTORTIONS}).length")
    assert max(page.evaluate(_DISTORTIONS)) < 0.03


def test_slider_changes_the_size_and_keeps_the_scroll_position(page: Page) -> None:
    page.evaluate("scrollTo(0, 1500)")
    until(page, f"() => ({_FIRST_SEEN})?.dataset.at > 0")
    first = int(page.evaluate(f"({_FIRST_SEEN}).dataset.at"))
    height = page.locator("#grid").evaluate("grid => grid.style.height")
    page.locator("#size").focus()
    press(page, "PageUp")
    until(page, "height => document.querySelector('#grid').style.height !== height", height)
    until(page, f"first => Math.abs(({_FIRST_SEEN})?.dataset.at - first) < 8", first)


def test_the_end_is_reached_and_few_are_on_the_page(page: Page) -> None:
    press(page, "Escape", "End")
    expect(page.locator("#grid")).not_to_have_attribute("aria-rowcount", "-1")
    press(page, "End")
    assert page.locator(":focus").get_attribute("data-at") == str(SCENES - 1)
    until(page, f"() => document.querySelectorAll('.cell').length < {SCENES} / 2")


def test_ten_thousand_results_render_few_rows(page: Page) -> None:
    page.route(
        "**/thumbnail?*", lambda route: route.fulfill(content_type="image/svg+xml", body=_PICTURE)
    )
    page.evaluate(_MANY)
    for part in (0, 0.5, 1):
        page.evaluate("part => scrollTo(0, part * document.body.scrollHeight)", part)
        until(page, f"() => {_IN_THE_MIDDLE}")
        assert 10 < cells(page).count() < 150
    assert page.evaluate("document.querySelectorAll('*').length") < 4000


def test_thumbnails_are_sharp_and_a_narrow_window_has_no_sideways_scroll(open_page: Open) -> None:
    page = open_page(viewport={"width": 1000, "height": 700}, device_scale_factor=2)
    sizes = page.evaluate(
        "[...document.querySelectorAll('.cell img')]"
        ".map(i => Number(new URL(i.src).searchParams.get('size')))"
    )
    assert set(sizes) <= {512, 1024}
    page.set_viewport_size({"width": 360, "height": 740})
    until(page, "() => document.documentElement.scrollWidth === 360")
    assert ids(page)
