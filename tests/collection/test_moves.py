"""Files that were moved, renamed, swapped and written over."""

import os
from pathlib import Path

import numpy as np

from firs.collection import Collection
from tests.collection.conftest import COLOURS, Photo, counts, names
from tests.fakes import FakeEncoder


def test_follows_a_moved_file_by_its_content(
    collection: Collection, rainbow: Path, encoder: FakeEncoder
) -> None:
    collection.add(rainbow, captions={"red.png": ["a red wall"]})
    before = names(collection)
    (rainbow / "walls").mkdir()
    (rainbow / "red.png").rename(rainbow / "walls" / "brick.png")
    assert counts(collection.add(rainbow)) == {"moved": 1, "unchanged": 7}
    record = collection.image(before["red.png"])
    assert record.path == rainbow / "walls" / "brick.png"
    assert record.captions == ("a red wall",)
    assert len(collection) == 8
    assert encoder.embedded == 8


def test_a_file_moved_out_of_another_folder_is_followed(
    collection: Collection, photos: Path, photo: Photo
) -> None:
    photo("old/red.png", "red")
    photo("new/blue.png", "blue")
    collection.add(photos)
    (photos / "old" / "red.png").rename(photos / "new" / "red.png")
    assert counts(collection.add(photos / "new")) == {"moved": 1, "unchanged": 1}


def test_two_files_that_swap_names_keep_their_ids(
    collection: Collection, rainbow: Path, encoder: FakeEncoder
) -> None:
    collection.add(rainbow, captions={"red.png": ["a red wall"], "blue.png": ["the sea"]})
    before = names(collection)
    (rainbow / "red.png").rename(rainbow / "x")
    (rainbow / "blue.png").rename(rainbow / "red.png")
    (rainbow / "x").rename(rainbow / "blue.png")
    for name in ("red.png", "blue.png"):
        os.utime(rainbow / name, (1, 1))
    assert counts(collection.add(rainbow)) == {"moved": 2, "unchanged": 6}
    assert names(collection)["blue.png"] == before["red.png"]
    assert collection.image(before["red.png"]).captions == ("a red wall",)
    assert collection.search("red", k=1)[0].path.name == "blue.png"
    assert encoder.embedded == 8


def test_a_whole_sequence_of_names_may_shift(
    collection: Collection, photos: Path, photo: Photo, encoder: FakeEncoder
) -> None:
    """A photo is put in front of numbered ones: 3 becomes 4, 2 becomes 3, 1 becomes 2."""
    for number, colour in enumerate(COLOURS):
        os.utime(photo(f"{number}.png", colour), (number, number))
    collection.add(photos)
    before = names(collection)
    for number in reversed(range(len(COLOURS))):
        (photos / f"{number}.png").rename(photos / f"{number + 1}.png")
    photo("0.png", "orange")
    assert counts(collection.add(photos, batch_size=2)) == {"added": 1, "moved": 8}
    after = names(collection)
    assert all(after[f"{n + 1}.png"] == before[f"{n}.png"] for n in range(8))
    assert after["0.png"] not in before.values()
    assert encoder.embedded == 9


def test_a_file_written_over_by_another_is_updated(
    collection: Collection, rainbow: Path, encoder: FakeEncoder
) -> None:
    collection.add(rainbow)
    before = names(collection)
    (rainbow / "red.png").replace(rainbow / "blue.png")
    os.utime(rainbow / "blue.png", (1, 1))
    report = collection.add(rainbow)
    assert counts(report) == {"updated": 1, "unchanged": 6, "duplicates": 1, "missing": 1}
    assert names(collection) == before
    ids, vectors = collection.vectors()
    red, blue = (vectors[ids == before[name]] for name in ("red.png", "blue.png"))
    np.testing.assert_array_equal(red, blue)
    assert encoder.embedded == 8
