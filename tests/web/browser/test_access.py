"""axe-core finds nothing serious or critical: in each state, light or dark, large or small."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.web.browser.axe import axe_core
from tests.web.browser.conftest import Open
from tests.web.browser.doing import press, search, settled, until

_ARE_PICTURES_HERE = "() => [...document.images].every(image => !image.src || image.complete)"
_AXE = """async given => {
  const part = { exclude: ["#grid [role=row]:nth-child(n + 3)"] };
  return (await axe.run(part, { resultTypes: ["violations"], ...given })).violations;
}"""
"""Rows beyond the second have what the first have."""


def nothing(page: Page) -> None:
    pass


def help_(page: Page) -> None:
    press(page, "Escape", "?")


def collections(page: Page) -> None:
    press(page, "Escape")
    page.locator("#collection").click()


def results(page: Page) -> None:
    press(page, "Escape")
    search(page, "a dog on a beach -umbrella")
    press(page, "Escape", "Space", "j", "x", "j", "f", "n")


def suggestions(page: Page) -> None:
    page.locator("#suggest").click()
    page.wait_for_selector("#suggestions")


def more(page: Page) -> None:
    page.locator("#close-suggestions").click()
    page.locator("#more").click()


def chip(page: Page) -> None:
    press(page, "Escape")
    page.locator("#chips .name").first.click()


def next_round(page: Page) -> None:
    press(page, "Escape", "Escape")
    settled(page, lambda: press(page, "i"))


def large(page: Page) -> None:
    page.locator(".cell img").first.click()
    page.wait_for_selector("#viewer-side:not(.unknown)")


STATES: list[Callable[[Page], None]] = [
    nothing,
    help_,
    collections,
    results,
    suggestions,
    more,
    chip,
    next_round,
    large,
]
"""The way of a person through the page; each state follows from the one before."""


def find(page: Page, **options: Any) -> list[str]:
    """What axe-core finds on the page as it is."""
    return [
        f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]} "
        f"{one['nodes'][0].get('failureSummary', '')}"
        for one in page.evaluate(_AXE, options)
        if one["impact"] in ("serious", "critical")
    ]


def walk(page: Page, check: Callable[[Page], list[str]]) -> None:
    """Go from state to state; fail where the check finds something in one."""
    page.evaluate(axe_core().read_text(encoding="utf-8"))
    found = {}
    for go_on in STATES:
        go_on(page)
        until(page, _ARE_PICTURES_HERE)
        found[go_on.__name__] = check(page)
    assert {state: grave for state, grave in found.items() if grave} == {}


def test_axe_finds_nothing_in_light_and_dark(open_page: Open) -> None:
    def check(page: Page) -> list[str]:
        page.emulate_media(color_scheme="dark")
        dark = find(page, runOnly=["color-contrast"])  # nothing but colours differs
        page.emulate_media(color_scheme="light")
        return find(page) + dark

    walk(open_page(reduced_motion="reduce"), check)


def test_axe_finds_nothing_on_a_phone(open_page: Open) -> None:
    walk(open_page(reduced_motion="reduce", viewport={"width": 360, "height": 740}), find)
