"""Files that were moved, renamed, swapped and written over."""

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from firs.collection import Collection
from tests.collection.conftest import COLOURS, Photo, counts, names
from tests.fakes import FakeEncoder
from tests.imaging.making import plain


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


NAME = st.sampled_from(["a.png", "b.png", "c.png", "sub/a.png", "sub/d.png"])
COLOUR = st.sampled_from(COLOURS[:4])
CHANGE = st.one_of(
    st.tuples(st.just("draw"), NAME, COLOUR),
    st.tuples(st.just("move"), NAME, NAME),
    st.tuples(st.just("copy"), NAME, NAME),
    st.tuples(st.just("delete"), NAME, NAME),
    st.tuples(st.just("add"), st.sampled_from([1, 2, 64]), st.booleans()),
)


@given(changes=st.lists(CHANGE, max_size=25))
def test_whatever_is_done_to_the_files_the_next_run_tells_the_truth(
    changes: list[tuple[str, Any, Any]],
) -> None:
    """After the last run each file is in the collection once, under its name, with its vector."""
    with TemporaryDirectory() as folder:
        photos = Path(folder).resolve()
        encoder = FakeEncoder()
        plain("black", size=(9, 9)).save(photos / "always.png")
        with Collection(photos / ".firs", encoder) as collection:
            for time, change in enumerate(changes):
                if change[0] == "add":
                    collection.add(photos, batch_size=change[1], prune=change[2])
                else:
                    alter(photos, change, time)
            collection.add(photos, batch_size=2, prune=True)
            records = list(collection)
            files = sorted(photos.rglob("*.png"))
            assert sorted(record.path for record in records) == files
            ids, vectors = collection.vectors()
            assert ids.tolist() == [record.id for record in records]
            expected = encoder.encode_images([Image.open(record.path) for record in records])
            np.testing.assert_allclose(vectors, expected, atol=1e-3)
            assert collection.add(photos).unchanged == len(files)


def alter(photos: Path, change: tuple[str, str, str], time: int) -> None:
    """Draw, move, copy or delete a file; each write has a time of its own, moves keep it."""
    what, name, other = change
    path, target = photos / name, photos / other
    (photos / "sub").mkdir(exist_ok=True)
    if what == "draw":
        plain(other).save(path)
        os.utime(path, (time, time))
    elif path.exists() and what == "move":
        path.replace(target)
    elif path.exists() and what == "copy" and path != target:
        shutil.copyfile(path, target)
        os.utime(target, (time, time))
    elif what == "delete":
        path.unlink(missing_ok=True)
