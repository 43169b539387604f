"""What the page shows as soon as the server tells it, and hides until then."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.web.browser.doing import cells, press, search

FIRST = "**/sessions?first=*"
"""A search, whose answer has the first results in it."""


def body(page: Page, pattern: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Let the server say more than it does."""

    def answer(route: Route) -> None:
        response = route.fetch()
        document = response.json()
        change(document)
        route.fulfill(response=response, json=document)

    page.route(pattern, answer)


def test_results_have_probabilities(page: Page) -> None:
    def change(session: dict[str, Any]) -> None:
        session["results"].update(weak=True)
        for result in session["results"]["results"]:
            result["probability"] = 0.42

    body(page, FIRST, change)
    search(page, "a spaceship")
    expect(page.locator("#weak")).to_contain_text("Nothing matches well")
    expect(cells(page).first).to_be_visible()
    press(page, "Escape", "n")
    expect(cells(page).first.locator(".info")).to_contain_text("42 %")
    press(page, "Enter")
    expect(page.locator("#viewer-numbers")).to_contain_text("probability 42 %")


def test_empty_round_is_reported(page: Page) -> None:
    body(page, FIRST, lambda session: session["results"].update(results=[], total=0))
    search(page, "a train")
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#empty")).to_contain_text("No pictures left")
    expect(cells(page)).to_have_count(0)


def test_votes_of_fused_lists_are_shown(page: Page) -> None:
    vote = {"source": "mini: text", "rank": 3, "score": 0.5, "weight": 1}
    body(page, FIRST, lambda session: session["results"]["results"][0].update(votes=[vote]))
    search(page, "a train")
    cells(page).first.click()
    expect(page.locator("#viewer-votes")).to_contain_text("mini: text")


def test_explanation_is_overlaid_on_the_picture(page: Page) -> None:
    overlay = page.locator(".cell img").first.get_attribute("src")
    body(page, "**/images/*", lambda image: image.update(explanation={"overlay": overlay}))
    cells(page).first.click()
    expect(page.locator("#overlay")).to_be_visible()
