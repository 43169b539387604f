"""The whole road on real photos, with the built-in encoder and the real command."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from firs.cli import run

PHOTOS, QUERIES = 300, 60


@pytest.fixture(scope="module")
def dev_photos(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of photos that the encoder was not trained on."""
    folder = tmp_path_factory.mktemp("photos")
    source = shared_data / "flickr8k"
    for name in (source / "dev.txt").read_text().split()[:PHOTOS]:
        (folder / name).symlink_to(source / "images" / name)
    return folder


def firs(*arguments: str, folder: Path) -> str:
    """What the real command prints, run in a folder as a person would."""
    command = [sys.executable, "-m", "firs", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def indexed(dev_photos: Path) -> Path:
    assert firs("index", ".", folder=dev_photos).startswith(f"{PHOTOS} images in ")
    return dev_photos


def first_captions(shared_data: Path, folder: Path) -> dict[str, str]:
    with (shared_data / "flickr8k" / "captions.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    here = {path.name for path in folder.glob("*.jpg")}
    return {row["image"]: row["caption"] for row in reversed(rows) if row["image"] in here}


def test_captions_find_their_photos_far_more_often_than_chance(
    indexed: Path, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = sorted(first_captions(shared_data, indexed).items())[:QUERIES]
    found = 0
    for name, caption in asked:
        assert run(["search", caption, "-k", "10", "--json", "--collection", str(indexed)]) == 0
        results = json.loads(capsys.readouterr().out)["results"]
        found += name in [Path(result["path"]).name for result in results]
    chance = 10 / PHOTOS
    assert found / QUERIES > 10 * chance


def test_a_photo_finds_itself_and_a_sheet_shows_it(indexed: Path, tmp_path: Path) -> None:
    name = min(path.name for path in indexed.glob("*.jpg"))
    sheet = str(tmp_path / "like.png")
    out = firs("search", "--image", name, "-k", "12", "--sheet", sheet, folder=indexed)
    best = out.splitlines()[0].split("\t")
    assert Path(best[2]).name == name
    assert float(best[1]) > 0.99
    assert Path(sheet).stat().st_size > 100_000


def test_nothing_is_read_twice(indexed: Path) -> None:
    assert f"  {PHOTOS} unchanged\n" in firs("index", ".", folder=indexed)
