"""axe-core finds nothing serious or critical: in each state, light or dark, small or large."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.web.browser.axe import axe_core
from tests.web.browser.conftest import Open
from tests.web.browser.doing import search, settled


def nothing(page: Page) -> None:
    pass


def results(page: Page) -> None:
    search(page, "a dog on a beach -umbrella")
    page.keyboard.press("Escape")
    for key in ("Space", "j", "x", "j", "f", "n"):
        page.keyboard.press(key)


def next_round(page: Page) -> None:
    results(page)
    settled(page, lambda: page.keyboard.press("i"))


def large(page: Page) -> None:
    next_round(page)
    page.keyboard.press("Enter")
    page.wait_for_selector("#viewer-facts dt")


def help_(page: Page) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("?")


def collections(page: Page) -> None:
    page.locator("#collection").click()


def more(page: Page) -> None:
    results(page)
    page.locator("#more").click()


def chip(page: Page) -> None:
    results(page)
    page.locator("#chips .name").first.click()


@pytest.fixture(scope="session")
def axe() -> Path:
    return axe_core()


LOOKS: dict[str, dict[str, object]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "small": {"viewport": {"width": 360, "height": 740}},
}
STATES = [nothing, results, next_round, large, help_, collections, more, chip]


@pytest.mark.parametrize("settings", LOOKS.values(), ids=LOOKS.keys())
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(
    open_page: Open, axe: Path, state: Callable[[Page], None], settings: dict[str, object]
) -> None:
    page = open_page(reduced_motion="reduce", **settings)
    state(page)
    page.wait_for_timeout(150)
    page.evaluate(axe.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    grave = [
        f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]} "
        f"{one['nodes'][0].get('failureSummary', '')}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert grave == []
