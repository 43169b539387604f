"""What a first visit costs."""

from playwright.sync_api import Browser, Request

from tests.web.browser.serving import Site
from tests.web.browser.tabs import MILLISECONDS, visit

MOST_BYTES = 60_000


def test_code_and_styles_are_small(browser: Browser, site: Site) -> None:
    requests: list[Request] = []
    with browser.new_page() as page:
        page.set_default_timeout(MILLISECONDS)
        page.on("request", lambda request: requests.append(request))
        visit(page, site.url)
        sizes = [
            request.sizes()["responseBodySize"]
            for request in requests
            if request.resource_type in ("document", "script", "stylesheet")
        ]
    assert len(sizes) > 20
    assert sum(sizes) < MOST_BYTES
