"""Writing the sample collection."""

import csv
import os
from pathlib import Path

import pytest
from PIL import Image

from firs.errors import InputError, StorageError
from firs.samples import draw_scene, write_samples

SMALL = (96, 72)


def rows_of(captions: Path) -> list[dict[str, str]]:
    with captions.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def test_images_and_captions_are_written(tmp_path: Path) -> None:
    captions = write_samples(tmp_path / "new" / "scenes", 3, size=SMALL)
    folder = captions.parent
    assert captions.name == "captions.tsv"
    names = ["scene-00001.jpg", "scene-00002.jpg", "scene-00003.jpg"]
    assert sorted(path.name for path in folder.glob("*.jpg")) == names
    rows = rows_of(captions)
    assert [row["image"] for row in rows] == [name for name in names for _ in range(5)]
    assert captions.read_text(encoding="utf-8").startswith("image\tcaption\n")


def test_captions_belong_to_their_scene(tmp_path: Path) -> None:
    rows = rows_of(write_samples(tmp_path, 2, seed=40, size=SMALL))
    assert [row["caption"] for row in rows[5:]] == list(draw_scene(41, SMALL).captions)


def test_images_are_jpeg_of_the_size_asked_for(tmp_path: Path) -> None:
    write_samples(tmp_path, 1, size=SMALL)
    with Image.open(tmp_path / "scene-00001.jpg") as image:
        assert image.format == "JPEG"
        assert image.size == SMALL


def test_without_a_size_shapes_are_mixed(tmp_path: Path) -> None:
    write_samples(tmp_path, 12)
    sizes = set()
    for path in tmp_path.glob("*.jpg"):
        with Image.open(path) as image:
            sizes.add(image.size)
    assert len(sizes) > 1


def test_writing_again_gives_the_same_bytes_and_leaves_other_files(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    write_samples(tmp_path, 2, size=SMALL)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_samples(tmp_path, 2, size=SMALL)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first


def test_another_seed_writes_other_scenes(tmp_path: Path) -> None:
    one = write_samples(tmp_path / "a", 1, seed=0, size=SMALL).read_text()
    other = write_samples(tmp_path / "b", 1, seed=1000, size=SMALL).read_text()
    assert one != other


def test_progress_is_told_after_each_scene(tmp_path: Path) -> None:
    told: list[int] = []
    write_samples(tmp_path, 3, size=SMALL, progress=told.append)
    assert told == [1, 2, 3]


@pytest.mark.parametrize("count", [0, -3])
def test_a_count_below_one_is_an_error_and_writes_nothing(tmp_path: Path, count: int) -> None:
    with pytest.raises(InputError, match="at least 1"):
        write_samples(tmp_path / "none", count)
    assert not (tmp_path / "none").exists()


def test_a_size_that_cannot_be_drawn_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be 10x10"):
        write_samples(tmp_path, 1, size=(10, 10))


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"Cannot write scenes to .*file"):
        write_samples(tmp_path / "file", 1, size=SMALL)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "captions.tsv").symlink_to("/dev/full")
    with pytest.raises(StorageError, match="No space left"):
        write_samples(tmp_path, 1, size=SMALL)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="Choose a folder"):
        write_samples(tmp_path, 1, size=SMALL)
