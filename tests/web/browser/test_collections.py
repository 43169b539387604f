"""Choosing a collection, filling one, and the searches that were saved."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from firs.collection import Collection
from firs.samples import copy_samples
from tests.web.browser.conftest import Open
from tests.web.browser.doing import cells, chips, search, settled
from tests.web.browser.serving import Site

FEW, MORE = 12, 30


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A server over a few scenes of its own, with room beside them."""
    copy_samples(tmp_path / "few", FEW)
    with Collection(tmp_path / "few" / ".firs") as collection:
        collection.add(tmp_path / "few")
    with closing(Site(tmp_path / "few")) as started:
        yield started


def test_a_folder_becomes_a_collection(open_page: Open, tmp_path: Path) -> None:
    copy_samples(tmp_path / "more", MORE, first=FEW + 1)
    (tmp_path / "more" / "broken.jpg").write_bytes(b"no picture")
    page = open_page()
    page.locator("#collection").click()
    panel = page.locator("#collections-panel")
    panel.locator("[name=folder]").fill(str(tmp_path / "more"))
    panel.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#jobs")).to_contain_text(f"{MORE} new pictures, 1 problem", timeout=60_000)
    settled(page, lambda: panel.locator("#collections button", has_text="more").click())
    expect(page.locator("#told")).to_contain_text(f"{MORE} pictures")
    page.locator("#collection").click()
    page.locator("#problems-count").click()
    expect(page.locator("#problem-list")).to_contain_text("broken.jpg")


def test_a_folder_joins_the_collection(open_page: Open, site: Site, tmp_path: Path) -> None:
    copy_samples(tmp_path / "more", MORE, first=FEW + 1)
    page = open_page()
    page.locator("#collection").click()
    panel = page.locator("#collections-panel")
    panel.locator("[name=folder]").fill(str(tmp_path / "more"))
    panel.locator("#target").select_option(label="few")
    panel.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#told")).to_contain_text(f"{FEW + MORE} pictures", timeout=60_000)


def test_what_was_chosen_stays_when_the_list_comes_late(open_page: Open) -> None:
    page = open_page()
    come: list[Route] = []
    page.route("**/collections", lambda route: come.append(route))
    page.locator("#collection").click()
    page.wait_for_timeout(200)
    page.locator("#target").select_option(label="few")
    with page.expect_response("**/collections"):
        come.pop().continue_()
    page.wait_for_timeout(200)
    expect(page.locator("#target option:checked")).to_have_text("few")


def test_a_folder_that_is_not_there_is_told_beside_the_field(open_page: Open, site: Site) -> None:
    site.may_fail = True
    page = open_page()
    page.locator("#collection").click()
    panel = page.locator("#collections-panel")
    panel.locator("[name=folder]").fill("/no/such/folder")
    panel.get_by_role("button", name="Add", exact=True).click()
    expect(panel.locator("form output")).to_contain_text("/no/such/folder")
    expect(panel.locator("[name=folder]")).to_have_value("/no/such/folder")


def test_new_pictures_are_looked_for(open_page: Open, site: Site) -> None:
    page = open_page()
    shutil.copy(site.folder / "scene-00001.jpg", site.folder / "again.jpg")
    page.locator("#collection").click()
    page.locator("#reindex").click()
    expect(page.locator("#told")).to_contain_text(f"{FEW + 1} pictures", timeout=60_000)
    expect(cells(page)).to_have_count(FEW + 1)


def test_a_server_without_pictures_asks_for_a_folder(
    open_page: Open, site: Site, tmp_path: Path
) -> None:
    with Collection(site.folder / ".firs") as collection:
        collection.remove([image.id for image in collection])
    page = open_page()
    expect(page.locator("#welcome")).to_be_visible()
    copy_samples(tmp_path / "more", MORE, first=FEW + 1)
    page.locator("#welcome [name=folder]").fill(str(tmp_path / "more"))
    page.locator("#welcome button").click()
    page.locator("#collection").click()
    expect(page.locator("#collections button", has_text="more")).to_be_visible(timeout=60_000)


def test_saved_searches_are_reopened_and_forgotten(open_page: Open) -> None:
    page = open_page()
    search(page, "a boat")
    page.locator("#clear").click()
    search(page, "a train")
    page.locator("#saved-button").click()
    settled(page, lambda: page.locator("#saved button", has_text="a boat").click())
    assert chips(page) == ["a boat, weight 1"]
    page.locator("#saved-button").click()
    forget = page.get_by_label("Forget").last
    forget.click()
    expect(page.locator("#saved li")).to_have_count(2)
    forget.click()
    expect(page.locator("#saved li")).to_have_count(1)
