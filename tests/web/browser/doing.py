"""What a person does with the page, in words."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page

from tests.waiting import PATIENCE

_LIST = "location.search + document.querySelector('#summary').textContent"
_UNTIL = """async ([given, patience]) => {
  const end = performance.now() + patience;
  while (!(%s)(given)) {
    if (performance.now() > end) throw new Error("it never came true");
    await new Promise(requestAnimationFrame);
  }
}"""


def search(page: Page, words: str) -> None:
    """Type into the field, press Enter, wait for the pictures."""
    page.locator("#field").fill(words)
    settled(page, lambda: page.keyboard.press("Enter"))


def press(page: Page, *keys: str) -> None:
    """Press some keys, one after another."""
    for key in keys:
        page.keyboard.press(key)


def settled(page: Page, deed: Callable[[], Any]) -> None:
    """Do something that ends with other pictures on the page."""
    before = page.evaluate(_LIST)
    deed()
    until(
        page,
        f"before => ({_LIST}) !== before && !document.body.classList.contains('busy')",
        before,
    )


def until(page: Page, condition: str, given: Any = None) -> None:
    """Wait for what only a script can see; the page's policy forbids Playwright's own way.

    Args:
        page: on which it becomes true.
        condition: a function of ``given`` in JavaScript.
        given: what it is called with.
    """
    page.evaluate(_UNTIL % condition, [given, 1000 * PATIENCE])


def address(page: Page) -> str:
    """The address as it is now; Playwright's ``page.url`` follows it some moments later."""
    found: str = page.evaluate("location.href")
    return found


def cells(page: Page) -> Locator:
    """The pictures, in order."""
    return page.locator("#grid .cell")


def ids(page: Page, count: int = 12) -> list[str]:
    """Ids of the first pictures on the page."""
    found: list[str] = page.evaluate(
        "count => [...document.querySelectorAll('.cell')].map(c => c.dataset.id).slice(0, count)",
        count,
    )
    return found


def marks(page: Page) -> dict[str, str]:
    """Id → mark, of the pictures on the page that have one."""
    found: dict[str, str] = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.cell')]"
        ".filter(c => c.dataset.mark).map(c => [c.dataset.id, c.dataset.mark]))"
    )
    return found


def focused(page: Page) -> str | None:
    """Id of the picture that has the focus."""
    found: str | None = page.evaluate("document.activeElement.dataset.id ?? null")
    return found


def chips(page: Page) -> list[str]:
    """The query as it reads: the label of each chip."""
    return [
        str(label).removesuffix(". Change")
        for label in page.locator("#chips .name").evaluate_all(
            "all => all.map(b => b.getAttribute('aria-label'))"
        )
    ]
