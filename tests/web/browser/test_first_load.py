"""What a first visit costs."""

from typing import Any

from playwright.sync_api import Browser

from tests.web.browser.serving import Site

MOST_BYTES = 60_000


def test_code_and_styles_are_small(browser: Browser, site: Site) -> None:
    page = browser.new_page(base_url=site.url)
    sizes: dict[str, int] = {}

    def on_finished(request: Any) -> None:
        if request.resource_type in ("document", "script", "stylesheet"):
            sizes[request.url] = request.sizes()["responseBodySize"]

    page.on("requestfinished", on_finished)
    page.goto("/")
    page.wait_for_selector("html[data-ready]")
    page.close()
    assert len(sizes) > 20
    assert sum(sizes.values()) < MOST_BYTES
