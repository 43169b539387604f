"""A browser at the page of a server over sample scenes.

Every page that a test opens is watched: an error in its console, a failed script or a request to
any other host fails the test.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from firs.collection import Collection
from firs.samples import copy_samples
from tests.web.browser.serving import Site

SCENES = 240
CHROMIUM = os.environ.get("FIRS_CHROMIUM") or shutil.which("chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Chromium without what a test machine lacks, and without calls home."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


Open = Callable[..., Page]
"""An address and how the browser is set up → its page, watched."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium: install Debian's package, or set FIRS_CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("browser") / "scenes"
    copy_samples(folder, SCENES)
    with Collection(folder / ".firs") as collection:
        collection.add(folder)
    with closing(Site(folder)) as started:
        yield started


@pytest.fixture
def site(running: Site) -> Iterator[Site]:
    """A server over sample scenes; every test leaves it running."""
    yield running
    running.may_fail = False


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Open]:
    """Open pages of the site; each is in a browser profile of its own."""
    wrong: list[str] = []
    with ExitStack() as stack:

        def opened(address: str = "/", **settings: Any) -> Page:
            context = browser.new_context(base_url=site.url, **settings)
            stack.callback(context.close)
            page = context.new_page()
            stack.callback(page.unroute_all, behavior="ignoreErrors")
            watch(page, site, wrong)
            page.goto(address)
            page.wait_for_selector("html[data-ready]")
            return page

        yield opened
    assert wrong == []


def watch(page: Page, site: Site, wrong: list[str]) -> None:
    """Note what must not happen on a page."""
    host = urlsplit(site.url).netloc

    def on_request(request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https") and address.netloc != host:
            wrong.append(f"request to {request.url}")

    def on_console(message: Any) -> None:
        if message.type in ("error", "warning") and not site.may_fail:
            wrong.append(f"console: {message.text}")

    page.on("request", on_request)
    page.on("console", on_console)
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page()
