"""A browser at the page of a server over sample scenes; each worker of the tests has its own."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from firs.collection import Collection
from firs.samples import copy_samples
from tests.web.browser.serving import Site
from tests.web.browser.tabs import MILLISECONDS, Tab

SCENES = 120
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

Open = Callable[..., Page]
"""An address and how the browser is set up → its page, watched."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium: install Debian's package, or set FIRS_CHROMIUM")
    expect.set_options(timeout=MILLISECONDS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(QUIET), timeout=MILLISECONDS
        )
        with started:
            yield started


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
    """A server over sample scenes; every test leaves it running, and its pictures as they are."""
    yield running
    running.may_fail = False


@pytest.fixture
def own_site(scenes: Path) -> Iterator[Site]:
    """A server of this test alone, over a few scenes that it may change."""
    with closing(Site(scenes)) as started:
        yield started


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Iterator[list[Tab]]:
    """The tab that tests use one after another: a page opens faster in one that is open."""
    opened: list[Tab] = []
    yield opened
    for tab in opened:
        tab.close()


@pytest.fixture
def page(
    browser: Browser, site: Site, tabs: list[Tab], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """The page of the site, with nothing searched for yet."""
    if not tabs:
        tabs.append(Tab(browser))
    failed = request.session.testsfailed
    yield tabs[0].start(site)
    if request.session.testsfailed > failed:
        tabs.pop().close()  # the next test begins with nothing of this one
    else:
        tabs[0].end()


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Open]:
    """Open pages of the site; each is in a browser profile of its own."""
    with ExitStack() as tabs:

        def start(address: str = "/", **settings: Any) -> Page:
            tab = tabs.enter_context(closing(Tab(browser, **settings)))
            tabs.callback(tab.end)
            return tab.start(site, address)

        yield start
