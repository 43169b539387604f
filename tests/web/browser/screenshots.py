"""``python -m tests.web.browser.screenshots``: the pictures of the page in docs, made anew."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from firs.collection import Collection
from firs.samples import copy_samples
from tests.web.browser.conftest import CHROMIUM, QUIET
from tests.web.browser.doing import press, search, settled, until
from tests.web.browser.serving import Site
from tests.web.browser.tabs import Tab

IMAGES = Path(__file__).parents[3] / "docs" / "images"
DESK, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=720)
QUALITY = 82
_IS_STILL = """() => document.getAnimations().every(one => one.playState !== "running")
    && [...document.images].every(image => !image.src || image.complete)"""


def main() -> None:
    """Serve the sample scenes and photograph the page in its main states."""
    with served() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        at_a_desk(browser, site)
        in_the_dark(browser, site)
        on_a_phone(browser, site)
        browser.close()


@contextmanager
def served() -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "Scenes"
        copy_samples(folder)
        with Collection(folder / ".firs") as collection:
            collection.add(folder)
        with closing(Site(folder)) as site:
            yield site


def opened(browser: Browser, site: Site, **settings: Any) -> Page:
    return Tab(browser, **settings).start(site)


def marked(page: Page, words: str, *keys: str) -> None:
    search(page, words)
    press(page, "Escape", *keys)


def shoot(page: Page, name: str) -> None:
    until(page, _IS_STILL)
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").save(IMAGES / f"page-{name}.webp", quality=QUALITY, method=6)


def at_a_desk(browser: Browser, site: Site) -> None:
    page = opened(browser, site, viewport=DESK)
    marked(page, "sailing boats at sunset -people", "Space", "j", "Space", "j", "j", "x", "j")
    shoot(page, "marked")
    settled(page, lambda: page.keyboard.press("i"))
    page.mouse.move(0, 0)
    shoot(page, "iterated")
    page.locator(".cell:has(.rose)").nth(1).click()
    page.locator("#viewer-facts dd").nth(1).evaluate("folder => folder.textContent = '~/Pictures'")
    shoot(page, "large")


def in_the_dark(browser: Browser, site: Site) -> None:
    page = opened(browser, site, viewport=DESK, color_scheme="dark")
    marked(page, "a dog on a beach", "Space", "ArrowDown", "x", "j", "j", "Space", "n")
    settled(page, lambda: page.keyboard.press("i"))
    shoot(page, "dark")


def on_a_phone(browser: Browser, site: Site) -> None:
    page = opened(browser, site, viewport=PHONE, has_touch=True, device_scale_factor=2)
    search(page, "a red train in the countryside")
    page.locator(".cell .tick").first.tap()
    page.locator(".cell .cross").nth(3).tap()
    shoot(page, "phone")


if __name__ == "__main__":
    main()
