"""The time from a key press to displayed pictures, in a real browser with a real server.

    python benchmarks/page.py [DATA] [--images 36014] [--searches 30]

The collection is the one of `benchmarks/serve.py`. A search is timed from the press of Enter until
every picture on the screen is decoded and the next frame is painted; first without thumbnails,
which are made then, and again with those in the cache. A round is timed from the press of I. Before
each press the page is idle as long as a person takes to type a word. The browser is Debian's
chromium, without a graphics card, on the machine of the server.
"""

import argparse
import shutil
import statistics
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright
from serve import captions, collection, server

SCREEN = ViewportSize(width=1280, height=800)
IDLE = 500
"""Milliseconds."""
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]

_WATCH = """key => { window.took = new Promise(resolve =>
  addEventListener("keydown", function pressed(event) {
    if (event.key !== key) return;
    removeEventListener("keydown", pressed, true);
    const before = location.search;
    const look = async () => {
      const onScreen = [...document.querySelectorAll(".cell img")]
        .filter(picture => picture.getBoundingClientRect().top < innerHeight);
      if (location.search === before || !onScreen.length) return requestAnimationFrame(look);
      await Promise.all(onScreen.map(picture => picture.decode().catch(() => {})));
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - event.timeStamp)));
    };
    requestAnimationFrame(look);
  }, true));
}"""


def time_key(page: Page, key: str) -> float:
    """Return milliseconds from the press of a key until other pictures are painted."""
    page.evaluate(_WATCH, key)
    page.keyboard.press(key)
    milliseconds: float = page.evaluate("window.took")
    return milliseconds


def time_search(page: Page, words: str) -> float:
    """Search for words alone; return how long it took."""
    if page.locator("#clear").is_visible():
        page.locator("#clear").click()
        page.wait_for_selector("#dock", state="hidden")
    page.locator("#field").fill(words)
    page.wait_for_timeout(IDLE)
    return time_key(page, "Enter")


def time_round(page: Page) -> float:
    """Mark two pictures and request the next round; return how long that took."""
    for key in ("Escape", "Space", "j", "x"):
        page.keyboard.press(key)
    page.wait_for_timeout(IDLE)
    return time_key(page, "i")


def report(name: str, times: list[float]) -> None:
    ordered = sorted(times)
    late = ordered[int(0.95 * (len(ordered) - 1))]
    print(f"{name:38} median {statistics.median(times):6.0f} ms   95 % {late:6.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data"))
    parser.add_argument("--images", type=int, default=36_014)
    parser.add_argument("--searches", type=int, default=30)
    options = parser.parse_args()
    folder = Path(f"build/serve-{options.images}").resolve()
    collection(folder, options.data / "flickr8k" / "images", options.images)
    words = captions(options.data)[: options.searches]
    with server(folder) as address, sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        for name in ("search, without thumbnails", "search, thumbnails cached"):
            page = browser.new_page(base_url=address, viewport=SCREEN)
            page.goto("/")
            page.wait_for_selector("html[data-ready]")
            time_search(page, "warm")
            report(name, [time_search(page, each) for each in words])
        rounds = []
        for each in words[: options.searches // 2]:
            time_search(page, each)
            rounds.append(time_round(page))
        report("Iterative", rounds)
        browser.close()


if __name__ == "__main__":
    main()
