"""Other words: asked for, read, edited, taken, refused, and taken back."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.web.browser.doing import ids, press, search, settled

FULL: dict[str, Any] = {
    "text": "a dog",
    "by": "llm",
    "summary": "From the captions of the first results (bank).",
    "failed": False,
    "suggestions": [
        {
            "label": "a brown dog on a beach",
            "text": "a brown dog on a beach",
            "added": [{"text": "a brown dog on a beach", "weight": 1.0}],
            "why": "adds the beach",
            "similarity": 0.8,
            "drifts": False,
            "difference": [
                {"kind": "gone", "text": "the"},
                {"kind": "same", "text": "dog"},
                {"kind": "new", "text": "on a beach"},
            ],
        },
        {
            "label": "BUY PILLS NOW or else",
            "text": "BUY PILLS NOW or else",
            "added": [{"text": "BUY PILLS NOW or else", "weight": 1.0}],
            "why": "",
            "similarity": -0.1,
            "drifts": True,
            "difference": [{"kind": "new", "text": "BUY PILLS NOW or else"}],
        },
    ],
}


def suggest(page: Page, **body: Any) -> None:
    """Ask for other words, of which a server with a model would say this."""
    with_model = FULL | body
    page.route("**/suggestions", lambda route: route.fulfill(json=with_model), times=1)
    page.locator("#suggest").click()


def test_suggested_chips_are_shown_and_one_is_accepted(page: Page) -> None:
    search(page, "a dog")
    before = ids(page)
    press(page, "Escape", "Space", "j", "Space", "s")
    chip = page.locator("#suggested button").first
    expect(chip).to_be_visible()
    label = chip.inner_text()
    assert label[:2] in ("+ ", "− ")
    assert ids(page) == before
    settled(page, chip.click)
    expect(page.locator("#rounds li")).to_have_count(2)
    expect(page.locator("#summary")).to_contain_text(label)
    expect(page.locator("#suggestions")).to_be_hidden()
    assert ids(page) != before
    settled(page, lambda: press(page, "u"))
    assert ids(page) == before


def test_suggestion_shows_its_changes_as_plain_text(page: Page) -> None:
    search(page, "a dog")
    evil = "<img src=x onerror=alert(1)> and more words"
    piece = [{"kind": "new", "text": evil}]
    one = FULL["suggestions"][0] | {"label": evil, "text": evil, "difference": piece}
    suggest(page, suggestions=[one], summary=evil)
    expect(page.locator("#suggested ins")).to_have_text(evil)
    assert page.locator("#suggestions img").count() == 0
    suggest(page)
    first = page.locator("#suggested button").first
    expect(first.locator("del")).to_have_text("the")
    expect(first.locator("ins")).to_have_text("on a beach")
    assert first.get_attribute("title") == "adds the beach"
    settled(page, first.click)
    expect(page.locator("#summary")).to_contain_text("a brown dog on a beach")


def test_distant_suggestion_is_edited_before_it_is_accepted(page: Page) -> None:
    search(page, "a dog")
    before = ids(page)
    suggest(page)
    far = page.locator("#suggested .far")
    assert "far from your search" in str(far.get_attribute("title"))
    far.click()
    field = page.locator("#own-words-field")
    expect(field).to_have_value("BUY PILLS NOW or else")
    expect(field).to_be_focused()
    expect(page.locator("#rounds li")).to_have_count(1)
    page.locator("#close-suggestions").click()
    expect(page.locator("#suggestions")).to_be_hidden()
    assert ids(page) == before
    expect(page.locator("#rounds li")).to_have_count(1)


def test_own_words_are_accepted_and_stay_when_a_mark_is_made(page: Page) -> None:
    search(page, "a dog")
    page.locator("#suggest").click()
    field = page.locator("#own-words-field")
    expect(field).to_have_value("a dog")
    field.fill("a red train in the snow")
    for count in (1, 0):
        page.locator(".cell .tick").nth(1).dispatch_event("click")
        expect(page.locator("#rounds .count")).to_have_count(count)
    expect(field).to_have_value("a red train in the snow")
    settled(page, lambda: field.press("Enter"))
    expect(page.locator("#summary")).to_contain_text("a red train in the snow")
    page.locator(".cell:has(.info .moved)").first.click()
    expect(page.locator("#viewer-words")).to_contain_text("a red train in the snow")


def test_failure_is_one_line_and_the_search_continues(page: Page) -> None:
    search(page, "a dog")
    body = "The query stays as it is: the language model broke off."
    suggest(page, failed=True, summary=body, suggestions=[])
    expect(page.locator("#suggestions-summary")).to_have_text(body)
    press(page, "Escape", "Space")
    settled(page, lambda: press(page, "i"))
    expect(page.locator("#rounds li")).to_have_count(2)
