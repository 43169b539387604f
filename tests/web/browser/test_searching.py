"""Words, pictures, for and against: the line of chips and what it finds."""

import re

from playwright.sync_api import Page, expect

from tests.web.browser.conftest import SCENES
from tests.web.browser.doing import address, cells, chips, ids, press, search, settled
from tests.web.browser.serving import Site

_GIVEN = """([how, bytes]) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([new Uint8Array(bytes)], "given.jpg", { type: "image/jpeg" }));
  const event = how === "drop"
    ? new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true })
    : new ClipboardEvent("paste", { clipboardData: dataTransfer, bubbles: true, cancelable: true });
  document.body.dispatchEvent(event);
}"""


def test_words_rank_the_pictures_and_clearing_shows_all_again(page: Page) -> None:
    expect(page.locator("#summary")).to_contain_text(f"{SCENES} pictures")
    expect(cells(page).first).to_be_visible()
    expect(page.locator("#dock")).to_be_hidden()
    before = ids(page)
    search(page, "sailing boats at sunset")
    assert ids(page) != before
    assert re.search(r"\?c=[\w-]+&s=[\w-]+&r=\d+$", address(page))
    expect(page.locator("#announcement")).to_contain_text(f"{SCENES} pictures")
    expect(page).to_have_title(re.compile("sailing boats"))
    settled(page, lambda: page.locator("#clear").click())
    expect(page.locator("#summary")).to_contain_text("newest first")
    assert chips(page) == []
    assert ids(page) == before


def test_line_marks_the_end_of_the_likely_results(page: Page) -> None:
    search(page, "a red train in the snow")
    doubtful = page.locator(".cell.doubtful")
    expect(doubtful).to_have_count(1)
    expect(doubtful).to_have_attribute("aria-label", re.compile("probably no match from here on"))


def test_chip_switches_sign_and_is_removed(page: Page) -> None:
    search(page, "a beach -umbrella")
    assert chips(page) == ["a beach, weight 1", "not umbrella, weight 1"]
    with_minus = ids(page)
    settled(page, lambda: page.locator(".chip.against .sign").click())
    assert chips(page) == ["a beach, weight 1", "umbrella, weight 1"]
    assert ids(page) != with_minus
    settled(page, lambda: page.get_by_label("Remove umbrella").click())
    assert chips(page) == ["a beach, weight 1"]


def test_chip_changes_weight_and_text(page: Page) -> None:
    search(page, "a beach")
    page.locator("#chips .name").focus()
    settled(page, lambda: press(page, "ArrowUp"))
    assert chips(page) == ["a beach, weight 1.25"]
    page.locator("#chips .name").click()
    page.locator("#chip-weight").focus()
    settled(page, lambda: press(page, "End"))
    assert chips(page) == ["a beach, weight 4"]
    page.locator("#chip-words").fill("a forest")
    settled(page, lambda: press(page, "Enter"))
    assert chips(page) == ["a forest, weight 4"]


def test_query_without_positive_terms_is_refused(page: Page) -> None:
    page.locator("#field").fill("-snow")
    press(page, "Enter")
    expect(page.locator("#notice-words")).to_contain_text("what to find")
    assert chips(page) == ["not snow, weight 1"]
    search(page, "a beach")
    assert chips(page) == ["not snow, weight 1", "a beach, weight 1"]


def test_backspace_returns_the_last_chip_for_editing(page: Page) -> None:
    search(page, "a beach -umbrella")
    page.locator("#field").focus()
    settled(page, lambda: press(page, "Backspace"))
    expect(page.locator("#field")).to_have_value("-umbrella")
    assert chips(page) == ["a beach, weight 1"]


def test_a_picture_from_outside_and_words_together(page: Page, site: Site) -> None:
    scene = site.folder / "scene-00007.jpg"
    settled(page, lambda: page.locator("#file").set_input_files(scene))
    assert chips(page) == ["scene-00007.jpg, weight 1"]
    expect(cells(page).first).to_have_attribute("aria-label", re.compile("scene-00007.jpg"))
    search(page, "at night")
    assert chips(page) == ["scene-00007.jpg, weight 1", "at night, weight 1"]


def test_non_picture_is_refused_and_nothing_is_lost(page: Page, site: Site) -> None:
    search(page, "a beach")
    site.may_fail = True
    page.locator("#file").set_input_files(
        {"name": "letter.jpg", "mimeType": "image/jpeg", "buffer": b"Dear all,"}
    )
    expect(page.locator("#notice-words")).to_contain_text("no picture that can be read")
    assert chips(page) == ["a beach, weight 1"]


def test_pictures_dropped_and_pasted(page: Page, site: Site) -> None:
    scene = (site.folder / "scene-00009.jpg").read_bytes()
    settled(page, lambda: page.evaluate(_GIVEN, ["drop", list(scene)]))
    settled(page, lambda: page.evaluate(_GIVEN, ["paste", list(scene)]))
    assert chips(page) == ["given.jpg, weight 1"] * 2


def test_more_and_less_like_a_result(page: Page) -> None:
    wanted = cells(page).nth(3)
    name = str(wanted.get_attribute("aria-label")).split(", ")[1]
    wanted.hover()
    settled(page, lambda: wanted.locator(".like").click())
    assert chips(page) == [f"{name}, weight 1"]
    expect(cells(page).first).to_have_attribute("aria-label", re.compile(re.escape(name)))
    cells(page).nth(1).click()
    settled(page, lambda: page.locator("#viewer-like [data-like='-1']").click())
    assert len(chips(page)) == 2
    assert chips(page)[1].startswith("not ")
    expect(page.locator("#viewer")).to_be_hidden()
