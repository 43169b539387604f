"""Adding: what is read, what is kept, and what is told of it."""

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firs.collection import Collection, ImageRecord
from firs.errors import InputError
from firs.indexing.reading import read_file
from tests.collection.conftest import COLOURS, Photo, counts, names
from tests.fakes import FakeEncoder
from tests.imaging.making import encoded, plain, png_header


def test_adds_every_picture_once(
    collection: Collection, rainbow: Path, encoder: FakeEncoder
) -> None:
    report = collection.add(rainbow)
    assert counts(report) == {"added": 8}
    assert report.problems == ()
    assert report.rate > 0
    assert len(collection) == 8
    assert encoder.embedded == 8
    red = next(image for image in collection if image.path.name == "red.png")
    assert red.path == rainbow / "red.png"
    assert (red.width, red.height, red.format) == (60, 40, "PNG")
    assert red.bytes == red.path.stat().st_size
    assert red.captions == ()


def test_reads_nothing_twice(
    collection: Collection, rainbow: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection.add(rainbow)

    def refuse(*_: object) -> None:
        raise AssertionError("an unchanged file was opened")

    monkeypatch.setattr("firs.indexing.reading.open_file", refuse)
    assert counts(collection.add(rainbow)) == {"unchanged": 8}
    assert encoder.embedded == 8


def test_a_new_time_alone_embeds_nothing(
    collection: Collection, rainbow: Path, encoder: FakeEncoder
) -> None:
    collection.add(rainbow)
    os.utime(rainbow / "red.png", (1, 1))
    assert counts(collection.add(rainbow)) == {"unchanged": 8}
    assert encoder.embedded == 8


def test_changed_content_keeps_its_id(
    collection: Collection, rainbow: Path, photo: Photo, encoder: FakeEncoder
) -> None:
    collection.add(rainbow)
    before = names(collection)
    photo("red.png", "orange")
    assert counts(collection.add(rainbow)) == {"updated": 1, "unchanged": 7}
    assert names(collection) == before
    assert encoder.embedded == 9
    assert collection.search("orange", k=1)[0].path.name == "red.png"


@pytest.mark.parametrize("batch_size", [1, 64])
def test_a_copy_is_an_image_of_its_own_but_not_embedded_again(
    collection: Collection, rainbow: Path, encoder: FakeEncoder, batch_size: int
) -> None:
    shutil.copy(rainbow / "red.png", rainbow / "another red.png")
    report = collection.add(rainbow, batch_size=batch_size)
    assert counts(report) == {"added": 9, "duplicates": 1}
    assert encoder.embedded == 8
    shutil.copy(rainbow / "red.png", rainbow / "a third red.png")
    report = collection.add(rainbow, batch_size=batch_size)
    assert counts(report) == {"added": 1, "duplicates": 1, "unchanged": 9}
    assert encoder.embedded == 8
    assert {hit.score for hit in collection.search("red", k=3)} == {
        collection.search("red", k=1)[0].score
    }


def test_one_edited_file_and_one_copy_of_what_it_was(
    collection: Collection, photos: Path, photo: Photo
) -> None:
    """The copied content must come from somewhere even though its only vector is replaced."""
    photo("a.png", "red")
    photo("b.png", "blue")
    photo("c.png", "green")
    collection.add(photos)
    before = names(collection)
    shutil.copyfile(photos / "a.png", photos / "b.png")
    photo("a.png", "white")
    for name in ("a.png", "b.png"):
        os.utime(photos / name, (1, 1))
    assert counts(collection.add(photos, batch_size=1)) == {"updated": 2, "unchanged": 1}
    assert names(collection) == before
    assert collection.search("red", k=1)[0].path.name == "b.png"
    assert collection.search("white", k=1)[0].path.name == "a.png"


def test_missing_files_stay_until_pruned(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    before = names(collection)
    (rainbow / "red.png").unlink()
    assert counts(collection.add(rainbow)) == {"unchanged": 7, "missing": 1}
    assert len(collection) == 8
    assert counts(collection.add(rainbow, prune=True)) == {"unchanged": 7, "removed": 1}
    assert "red.png" not in names(collection)
    with pytest.raises(InputError, match="no image with the id"):
        collection.image(before["red.png"])


def test_prunes_only_below_what_was_given(
    collection: Collection, photos: Path, photo: Photo
) -> None:
    for name in ("one/a.png", "one/b.png", "one two/c.png"):
        photo(name, "red" if name == "one/a.png" else "blue")
    collection.add(photos)
    shutil.rmtree(photos / "one two")
    (photos / "one" / "b.png").unlink()
    assert counts(collection.add(photos / "one", prune=True)) == {"unchanged": 1, "removed": 1}
    assert set(names(collection)) == {"a.png", "c.png"}


def test_a_disk_that_is_not_mounted_prunes_nothing(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    rainbow.rename(rainbow.with_name("elsewhere"))
    rainbow.mkdir()
    (rainbow.with_name("elsewhere") / ".firs").rename(rainbow / ".firs")
    with pytest.raises(InputError, match=r"no pictures .* mounted"):
        collection.add(rainbow, prune=True)
    assert len(collection) == 8


def test_a_folder_that_cannot_be_entered_prunes_nothing(
    collection: Collection, photos: Path, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo("open/a.png", "red")
    locked = photo("locked/b.png", "blue").parent
    collection.add(photos)

    def guarded(call: Callable[[str], Any]) -> Callable[[str], Any]:
        def refuse(path: str) -> Any:
            if Path(path).is_relative_to(locked):
                raise PermissionError(13, "Permission denied", path)
            return call(path)

        return refuse

    monkeypatch.setattr(os, "scandir", guarded(os.scandir))
    monkeypatch.setattr(os, "lstat", guarded(os.lstat))
    report = collection.add(photos, prune=True)
    assert counts(report) == {"unchanged": 1}
    assert [(p.path, p.reason) for p in report.problems] == [(locked, "permission denied")]
    assert len(collection) == 2


def test_bad_files_are_told_and_kept_but_stop_nothing(
    collection: Collection, rainbow: Path
) -> None:
    (rainbow / "empty.jpg").touch()
    (rainbow / "bomb.png").write_bytes(png_header(30000, 30000))
    (rainbow / "text.jpg").write_text("I am a text")
    (rainbow / "half.jpg").write_bytes(encoded(plain(size=(300, 300)), "JPEG")[:-300])
    report = collection.add(rainbow)
    reasons = {problem.path.name: problem.reason for problem in report.problems}
    assert reasons == {
        "empty.jpg": "empty file",
        "bomb.png": "decompression bomb: 30000 by 30000 pixels",
        "text.jpg": "not an image",
        "half.jpg": "truncated",
    }
    assert counts(report) == {"added": 8}
    assert collection.problems() == list(report.problems)
    assert counts(collection.add(rainbow)) == {"unchanged": 8}
    assert len(collection.problems()) == 4


def test_a_problem_is_forgotten_when_solved_or_gone(
    collection: Collection, rainbow: Path, photo: Photo
) -> None:
    (rainbow / "a.png").touch()
    (rainbow / "b.png").touch()
    collection.add(rainbow)
    photo("a.png", "orange")
    (rainbow / "b.png").unlink()
    assert counts(collection.add(rainbow)) == {"added": 1, "unchanged": 8}
    assert collection.problems() == []


def test_a_known_image_whose_file_broke_is_kept(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    (rainbow / "red.png").write_bytes(b"")
    for _ in range(2):
        report = collection.add(rainbow)
        assert counts(report) == {"unchanged": 7}
        assert [problem.reason for problem in report.problems] == ["empty file"]
    assert len(collection) == 8


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_run(photo: Photo) -> None:
    path = photo("a.png", "red")

    def meddle(_: bytes) -> bool:
        path.write_bytes(path.read_bytes() + b"more")
        return True

    reading = read_file(str(path), 32, meddle)
    assert reading.problem == "changed while it was being read; add it again"


def test_progress_counts_what_is_to_be_read(collection: Collection, rainbow: Path) -> None:
    told: list[tuple[int, int]] = []
    collection.add(rainbow, batch_size=3, progress=lambda *step: told.append(step))
    assert told[0] == (0, 8)
    assert told[-1] == (8, 8)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    told.clear()
    collection.add(rainbow, progress=lambda *step: told.append(step))
    assert set(told) == {(0, 0)}


def test_what_was_told_as_done_is_there_after_an_interruption(
    collection: Collection, rainbow: Path, encoder: FakeEncoder
) -> None:
    def interrupt(done: int, to_do: int) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collection.add(rainbow, batch_size=2, progress=interrupt)
    assert len(collection) == 4
    assert counts(collection.add(rainbow)) == {"added": 4, "unchanged": 4}
    assert encoder.embedded == 8
    assert not [thread for thread in threading.enumerate() if "firs-read" in thread.name]


def test_ids_follow_the_names_and_are_never_used_again(
    collection: Collection, rainbow: Path, photo: Photo
) -> None:
    collection.add(rainbow, workers=4, batch_size=3)
    records: list[ImageRecord] = list(collection)
    assert [record.path.name for record in records] == sorted(f"{c}.png" for c in COLOURS)
    collection.remove([records[-1].id])
    photo("zebra.png", "orange")
    collection.add(rainbow)
    assert names(collection)["zebra.png"] > records[-1].id


def test_few_pictures_are_held_at_once(
    collection: Collection, photos: Path, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers stay at most a batch ahead of the encoder, however slow that is."""
    for number in range(60):
        photo(f"{number}.png", f"rgb({number}, {number * 3}, 0)")
    read: list[str] = []
    most = 0
    encode = FakeEncoder.encode_images

    def count(path: str, **options: object) -> object:
        read.append(path)
        return read_file(path, **options)  # type: ignore[arg-type]

    def slow(self: FakeEncoder, images: list[object]) -> object:
        nonlocal most
        most = max(most, len(read) - self.embedded)
        return encode(self, images)  # type: ignore[arg-type]

    monkeypatch.setattr("firs.indexing.reading.read_file", count)
    monkeypatch.setattr(FakeEncoder, "encode_images", slow)
    collection.add(photos, batch_size=10)
    assert len(read) == 60
    assert most <= 20


def test_numbers_that_cannot_be_meant(collection: Collection, rainbow: Path) -> None:
    with pytest.raises(InputError):
        collection.add(rainbow, batch_size=0)
    with pytest.raises(InputError):
        collection.add(rainbow, workers=0)
    with pytest.raises(InputError, match="no folder or file"):
        collection.add(rainbow / "nowhere")
