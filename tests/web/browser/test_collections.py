"""Choosing a collection, filling one, and the searches that were saved."""

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from firs.collection import Collection
from firs.samples import copy_samples
from tests.conftest import SCENES
from tests.web.browser.conftest import Open
from tests.web.browser.delayed import Late
from tests.web.browser.doing import cells, chips, search, settled, until
from tests.web.browser.serving import Site

MORE = 6


@pytest.fixture
def site(own_site: Site) -> Site:
    return own_site


@pytest.fixture
def more(tmp_path: Path) -> Path:
    """A folder of scenes that is in no collection yet."""
    copy_samples(tmp_path / "more", MORE, first=201)
    return tmp_path / "more"


def add(page: Page, folder: Path) -> None:
    """Add a folder in the panel of collections, which is open."""
    panel = page.locator("#collections-panel")
    panel.locator("[name=folder]").fill(str(folder))
    panel.get_by_role("button", name="Add", exact=True).click()


def test_a_folder_becomes_a_collection(page: Page, site: Site, more: Path) -> None:
    (more / "broken.jpg").write_bytes(b"no picture")
    page.locator("#collection").click()
    add(page, more)
    expect(page.locator("#jobs")).to_contain_text(f"{MORE} new pictures, 1 problem")
    panel = page.locator("#collections-panel")
    settled(page, lambda: panel.locator("#collections button", has_text="more").click())
    expect(page.locator("#summary")).to_contain_text(f"{MORE} pictures")
    page.locator("#collection").click()
    page.locator("#problems-count").click()
    expect(page.locator("#problem-list")).to_contain_text("broken.jpg")


def test_missing_folder_is_reported_next_to_the_field(page: Page, site: Site) -> None:
    site.may_fail = True
    page.locator("#collection").click()
    add(page, Path("/no/such/folder"))
    panel = page.locator("#collections-panel")
    expect(panel.locator("form output")).to_contain_text("/no/such/folder")
    expect(panel.locator("[name=folder]")).to_have_value("/no/such/folder")


def test_folder_is_added_to_the_collection(page: Page, site: Site, more: Path) -> None:
    known = Late(page, "**/collections")
    page.locator("#collection").click()
    page.locator("#target").select_option(label="scenes")
    known.release()
    expect(page.locator("#target option:checked")).to_have_text("scenes")
    add(page, more)
    expect(page.locator("#summary")).to_contain_text(f"{SCENES + MORE} pictures")


def test_new_pictures_are_added(page: Page, site: Site) -> None:
    shutil.copy(site.folder / "scene-00001.jpg", site.folder / "again.jpg")
    old = Late(page, "**/collections")
    page.locator("#collection").click()
    old.wait()
    page.locator("#reindex").click()
    expect(page.locator("#summary")).to_contain_text(f"{SCENES + 1} pictures")
    expect(cells(page)).to_have_count(SCENES + 1)
    old.release()
    expect(page.locator("#summary")).to_contain_text(f"{SCENES + 1} pictures")


def test_search_is_not_lost_when_pictures_are_added(page: Page, site: Site) -> None:
    ended = Late(page, "**/events")
    page.locator("#collection").click()
    page.locator("#reindex").click()
    ended.wait()
    page.keyboard.press("Escape")
    known, found = Late(page, "**/collections"), Late(page, "**/sessions?first=*")
    page.locator("#field").fill("a boat")
    page.locator("#field").press("Enter")
    found.wait()
    ended.send()
    known.release()
    found.release()
    expect(page.locator("#rounds li")).to_have_count(1)
    until(page, "() => !document.body.classList.contains('busy')")
    assert chips(page) == ["a boat, weight 1"]


def test_ended_job_is_not_shown_as_running(page: Page, site: Site) -> None:
    """The answer to "stop" was written while the job still ran, and comes when it has ended."""
    job = {"id": "1", "what": "indexing", "collection": "c", "total": 9, "done": 3, "message": ""}
    event = f"data: {json.dumps(job | {'state': 'cancelled'})}\n\n"
    page.route("**/index", lambda route: route.fulfill(json=job | {"state": "running"}))
    ended = Late(page, "**/jobs/1/events", content_type="text/event-stream", body=event)
    stopped = Late(page, "**/jobs/1", json=job | {"state": "running"})
    page.locator("#collection").click()
    page.locator("#reindex").click()
    page.get_by_role("button", name="Stop").click()
    stopped.wait()
    ended.send()
    expect(page.locator("#jobs")).to_contain_text("Stopped after 3 pictures")
    stopped.release()
    expect(page.locator("#jobs")).to_contain_text("Stopped after 3 pictures")


def test_server_without_pictures_offers_to_add_a_folder(
    open_page: Open, site: Site, more: Path
) -> None:
    with Collection(site.folder / ".firs") as collection:
        collection.remove([image.id for image in collection])
    page = open_page()
    expect(page.locator("#welcome")).to_be_visible()
    page.locator("#welcome [name=folder]").fill(str(more))
    page.locator("#welcome button").click()
    page.locator("#collection").click()
    expect(page.locator("#collections button", has_text="more")).to_be_visible()


def test_saved_searches_are_reopened_and_deleted(page: Page) -> None:
    search(page, "a boat")
    settled(page, lambda: page.locator("#clear").click())
    search(page, "a train")
    page.locator("#saved-button").click()
    settled(page, lambda: page.locator("#saved button", has_text="a boat").click())
    assert chips(page) == ["a boat, weight 1"]
    page.locator("#saved li").first.evaluate("row => { row.dataset.old = 'yes' }")
    page.locator("#saved-button").click()
    expect(page.locator("#saved li[data-old]")).to_have_count(0)  # the list is drawn again
    forget = page.get_by_label("Delete").last
    forget.click()
    expect(page.locator("#saved li")).to_have_count(2)
    forget.click()
    expect(page.locator("#saved li")).to_have_count(1)
