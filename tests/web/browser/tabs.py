"""Tabs of the browser in which a page is tested.

Every page is watched: an error in its console, a failed script or a request to any other host
fails the test.
"""

from typing import Any
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from tests.waiting import PATIENCE
from tests.web.browser.serving import Site

MILLISECONDS = 1000 * PATIENCE
_FRESH = "#fresh"
_CLEAR = """if (location.hash === "#fresh") {
  history.replaceState(null, "", location.pathname + location.search);
  localStorage.clear();
  sessionStorage.clear();
}"""
"""Clear what the site keeps in the browser before the first script of a page that is opened so."""


class Tab:
    """A tab, with a browser profile of its own; one test after another may use it.

    Args:
        browser: in which it opens.
        settings: of the profile, such as its viewport.
    """

    def __init__(self, browser: Browser, **settings: Any) -> None:
        self._context = browser.new_context(**settings)
        self._context.set_default_timeout(MILLISECONDS)
        self._context.add_init_script(_CLEAR)
        self.page = self._context.new_page()
        self.wrong: list[str] = []
        """What must not happen, and did since the page was opened."""
        self.page.on("request", self._on_request)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))

    def start(self, site: Site, address: str = "/") -> Page:
        """Forget all that an earlier test left in the profile, and open the page."""
        self.page.goto("about:blank")
        self._site, self.wrong = site, []
        self.page.mouse.move(0, 0)
        visit(self.page, urljoin(site.url, address) + _FRESH)
        return self.page

    def end(self) -> None:
        """Let the test change no request any more; fail it where something went wrong."""
        self.page.unroute_all(behavior="ignoreErrors")
        assert self.wrong == [], self.wrong

    def close(self) -> None:
        self._context.close()

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        is_ours = address.netloc == urlsplit(self._site.url).netloc
        if address.scheme in ("http", "https") and not is_ours:
            self.wrong.append(f"request to {request.url}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not self._site.may_fail:
            self.wrong.append(f"console: {message.text}")


def visit(page: Page, address: str) -> None:
    """Open an address of the page, and wait until all is there."""
    page.goto(address)
    page.wait_for_selector("html[data-ready]")


def reload(page: Page) -> None:
    """Load the page again, and wait until all is there."""
    page.reload()
    page.wait_for_selector("html[data-ready]")
