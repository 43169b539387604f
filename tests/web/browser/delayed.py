"""Answers that come late: a test says in which order they reach the page."""

from typing import Any

from playwright.sync_api import Page, Route

from tests.waiting import wait_until
from tests.web.browser.doing import until

_NOTE_READ = """() => {
  if (window.read) return;
  window.read = new Set();
  const { json } = Response.prototype;
  Response.prototype.json = async function () {
    const answer = await json.call(this);
    setTimeout(() => window.read.add(this.url));
    return answer;
  };
}"""
"""Note which answers the page has read; what it does with one at once is done by then."""


class Late:
    """The answer to the next request for an address, which the page gets when the test says so.

    Args:
        page: which sends the request.
        pattern: of the address, as Playwright understands it.
        answer: for ``Route.fulfill``; where it is left out, the server answers at once.
    """

    def __init__(self, page: Page, pattern: str, **answer: Any) -> None:
        self._page = page
        self._pattern = pattern
        self._answer = answer
        self._answers: list[tuple[Route, dict[str, Any]]] = []
        self._is_taken = False
        page.route(pattern, self._take)

    def _take(self, route: Route) -> None:
        if self._is_taken:
            route.fallback()
        else:
            self._is_taken = True
            self._answers.append((route, self._answer or {"response": route.fetch()}))

    def wait(self) -> None:
        """Wait until the request has come and is answered."""
        wait_until(self._is_there, f"a request for {self._pattern} is answered")

    def _is_there(self) -> bool:
        self._page.evaluate("0")  # Playwright runs what handles a request while it is called
        return bool(self._answers)

    def send(self) -> str:
        """Send the answer to the page; give the address that it is of."""
        self.wait()
        route, answer = self._answers.pop()
        route.fulfill(**answer)
        return route.request.url

    def release(self) -> None:
        """Send the answer, and wait until the page has read it and done what it does then."""
        self._page.evaluate(_NOTE_READ)
        until(self._page, "url => window.read.has(url)", self.send())
