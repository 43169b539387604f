"""The shipped sample scenes: copied to a folder, and loaded with their masks."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from firs import samples
from firs.errors import InputError, StorageError
from firs.samples import FOLDER, Scene, SceneObject, copy_samples, load_scenes, scene_files

ALL = 240
BYTES_ALLOWED = 4_000_000


def test_all_are_shipped_and_small() -> None:
    assert len(scene_files()) == ALL
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= BYTES_ALLOWED


def test_copies_have_captions(tmp_path: Path) -> None:
    table = copy_samples(tmp_path / "new" / "scenes", 3)
    assert table == tmp_path / "new" / "scenes" / "captions.tsv"
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    names = ["scene-00001.jpg", "scene-00002.jpg", "scene-00003.jpg"]
    assert [row["image"] for row in rows] == [name for name in names for _ in range(5)]
    assert sorted(path.name for path in table.parent.glob("*.jpg")) == names
    _, second, _ = load_scenes(3)
    assert tuple(row["caption"] for row in rows[5:10]) == second.captions


def test_copying_again_replaces_scenes_and_leaves_other_files(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    (tmp_path / "scene-00001.jpg").write_text("damaged")
    copy_samples(tmp_path, 1)
    assert (tmp_path / "mine.txt").read_text() == "keep"
    assert (tmp_path / "scene-00001.jpg").read_bytes() == scene_files(1)[0].path.read_bytes()


def test_copying_may_start_at_any_scene(tmp_path: Path) -> None:
    copy_samples(tmp_path, first=239)
    assert {path.name for path in tmp_path.glob("*.jpg")} == {"scene-00239.jpg", "scene-00240.jpg"}


@pytest.mark.parametrize(
    ("count", "first", "message"),
    [(0, 1, "0 is out of"), (-3, 1, "-3 is out of"), (300, 1, "240 sample scenes: 300 is out of"),
     (2, 240, "2 from number 240 on"), (1, 0, "from number 0 on"), (None, 241, "number 241 on")],
)  # fmt: skip
def test_scenes_that_do_not_exist_are_an_error(
    tmp_path: Path, count: int | None, first: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        copy_samples(tmp_path / "none", count, first)
    assert not (tmp_path / "none").exists()


@pytest.fixture(scope="module")
def some() -> list[Scene]:
    return list(load_scenes(12, first=31))


def test_a_scene_has_an_image_captions_and_objects(some: list[Scene]) -> None:
    for scene in some:
        assert scene.image.mode == "RGB"
        assert len(set(scene.captions)) == 5
        assert scene.objects
    assert len({scene.image.size for scene in some}) == 4


def test_masks_are_disjoint_and_as_large_as_the_image(some: list[Scene]) -> None:
    for scene in some:
        masks = np.stack([each.mask for each in scene.objects])
        assert masks.dtype == np.bool_
        assert masks.shape[1:] == scene.image.size[::-1]
        assert masks.any(axis=(1, 2)).all()
        assert masks.sum(axis=0).max() == 1


def test_a_box_is_tight_around_its_mask() -> None:
    mask = np.zeros((6, 8), np.bool_)
    mask[2, 3:6] = mask[4, 5] = True
    assert SceneObject("dog", "a dog", mask).box == (3, 2, 6, 5)


def test_a_damaged_installation_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "FOLDER", tmp_path / "gone")
    samples._read_records.cache_clear()
    with pytest.raises(StorageError, match="reinstall"):
        scene_files()


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"Cannot write scenes to .*file"):
        copy_samples(tmp_path / "file", 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "captions.tsv").symlink_to("/dev/full")
    with pytest.raises(StorageError, match="No space left"):
        copy_samples(tmp_path, 1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="Choose a folder"):
        copy_samples(tmp_path, 1)
