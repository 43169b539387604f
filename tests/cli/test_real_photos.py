"""From indexing to results on real photos, with the built-in encoder and the real command."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Firs

PHOTOS, QUERIES, FIRST = 150, 24, 5


@pytest.fixture(scope="module")
def dev_photos(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of photos that the encoder was not trained on."""
    folder = tmp_path_factory.mktemp("photos")
    source = shared_data / "flickr8k"
    for name in (source / "dev.txt").read_text().split()[:PHOTOS]:
        (folder / name).symlink_to(source / "images" / name)
    return folder


@pytest.fixture(scope="module")
def indexed(dev_photos: Path) -> Path:
    """The same, indexed by the real command, run in the folder as a person would."""
    command = [sys.executable, "-m", "firs", "index", "."]
    done = subprocess.run(command, cwd=dev_photos, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{PHOTOS} images in ")
    return dev_photos


@pytest.fixture
def firs_inside(indexed: Path, firs: Firs, monkeypatch: pytest.MonkeyPatch) -> Firs:
    """Run ``firs`` in the folder."""
    monkeypatch.chdir(indexed)
    return firs


def first_captions(shared_data: Path, folder: Path) -> dict[str, str]:
    with (shared_data / "flickr8k" / "captions.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    here = {path.name for path in folder.glob("*.jpg")}
    return {row["image"]: row["caption"] for row in reversed(rows) if row["image"] in here}


def test_captions_find_their_photos_far_more_often_than_chance(
    firs_inside: Firs, indexed: Path, shared_data: Path
) -> None:
    asked = sorted(first_captions(shared_data, indexed).items())[:QUERIES]
    found = 0
    for name, caption in asked:
        results = json.loads(firs_inside("search", caption, "-k", str(FIRST), "--json").out)[
            "results"
        ]
        found += name in [Path(result["path"]).name for result in results]
    chance = FIRST / PHOTOS
    assert found / QUERIES > 10 * chance


def test_a_photo_finds_itself_and_a_sheet_shows_it(
    firs_inside: Firs, indexed: Path, tmp_path: Path
) -> None:
    name = min(path.name for path in indexed.glob("*.jpg"))
    sheet = str(tmp_path / "like.png")
    found = firs_inside("search", "--image", name, "-k", "12", "--sheet", sheet)
    best = found.out.splitlines()[0].split("\t")
    assert Path(best[2]).name == name
    assert float(best[1]) > 0.99
    assert Path(sheet).stat().st_size > 100_000


def test_no_image_is_read_twice(firs_inside: Firs) -> None:
    assert f"  {PHOTOS} unchanged\n" in firs_inside("index", ".").out
