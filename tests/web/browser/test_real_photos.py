"""The whole loop on photos of Flickr8k."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import expect

from firs.collection import Collection
from tests.web.browser.conftest import Open
from tests.web.browser.doing import chips, ids, marks, press, search, settled
from tests.web.browser.serving import Site
from tests.web.browser.tabs import reload

PHOTOS = 60


@pytest.fixture
def site(shared_data: Path, tmp_path: Path) -> Iterator[Site]:
    folder = tmp_path / "photos"
    folder.mkdir()
    for photo in sorted((shared_data / "flickr8k" / "images").glob("*.jpg"))[:PHOTOS]:
        shutil.copy(photo, folder)
    with Collection(folder / ".firs") as collection:
        collection.add(folder)
    with closing(Site(folder)) as started:
        yield started


def test_search_upload_tick_iterate_undo_reload_back(open_page: Open, site: Site) -> None:
    page = open_page(color_scheme="dark")
    search(page, "a dog running on grass")
    first = ids(page)
    photo = next(site.folder.glob("*.jpg"))
    settled(page, lambda: page.locator("#file").set_input_files(photo))
    assert chips(page) == ["a dog running on grass, weight 1", f"{photo.name}, weight 1"]
    press(page, "Escape", "Space", "j", "Space", "j", "x")
    marked = marks(page)
    before = ids(page)
    settled(page, lambda: page.locator("#iterate").click())
    after = ids(page)
    assert after != before
    settled(page, lambda: press(page, "u"))
    assert (ids(page), marks(page)) == (before, marked)
    reload(page)
    assert (ids(page), marks(page)) == (before, marked)
    settled(page, page.go_back)
    expect(page.locator("#chips li")).to_have_count(1)
    assert ids(page) == first
