"""The collection as a user of the library meets it."""

import hashlib
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import firs.collection
from firs.collection import Collection, Problem, find_collection
from firs.collection.collection import ExampleImage
from firs.errors import CollectionBusy, CollectionNotFound, ImageError, InputError
from firs.query import like, text
from firs.storage.schema import STEPS
from tests.collection.conftest import COLOURS, Photo
from tests.fakes import FakeEncoder
from tests.imaging.making import encoded, plain


def test_public_names() -> None:
    assert firs.collection.__all__ == [
        "AddReport",
        "Collection",
        "ImageRecord",
        "Problem",
        "find_collection",
    ]


def test_opening_loads_no_engine() -> None:
    code = (
        "import sys, firs.collection;"
        "print({'faiss', 'onnxruntime', 'torch', 'pillow_heif'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


def test_finds_by_text(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    for colour in COLOURS:
        best = collection.search(f"a {colour} wall", k=1)[0]
        assert best.path == rainbow / f"{colour}.png"
        assert collection.image(best.id).path == best.path


def test_finds_by_any_form_of_a_picture(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    ids = {image.path.name: image.id for image in collection}
    red = rainbow / "red.png"
    forms: list[ExampleImage] = [red, str(red), red.read_bytes(), Image.open(red), ids["red.png"]]
    for form in forms:
        ranking = collection.search(image=form, k=3)
        assert ranking.ids[0] == ids["red.png"]
        assert ranking[0].score == pytest.approx(1, abs=1e-3)
    assert collection.search("red").source == 'fake: "red"'
    assert collection.search(image=red).source == "fake: red.png"
    assert collection.search(image=ids["red.png"]).source == f"fake: #{ids['red.png']}"


def test_finds_by_words_and_pictures_for_and_against(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    both = collection.search("red", image=rainbow / "blue.png", k=8)
    query = text("red") + like(rainbow / "blue.png")
    assert {hit.path.stem for hit in both[:3]} >= {"red", "magenta"}
    assert both.ids.tolist() == collection.search(query, k=8).ids.tolist()
    assert both.source == 'fake: "red" + blue.png'
    for way in ("early-fusion", "late-fusion", "rerank"):
        against = collection.search(query - 20 * like(rainbow / "blue.png"), strategy=way, k=8)
        assert against[-1].path.stem != "red"
        assert against.votes(both[0].id)[0].source == 'fake: "red"'


def test_an_id_as_an_example_needs_no_encoder(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    with Collection(collection.path, encoder="fake") as other:
        assert other.search(image=1)[0].id == 1


def test_what_was_added_meanwhile_is_found_by_mixed_queries(
    collection: Collection, rainbow: Path
) -> None:
    collection.add(rainbow)
    query = text("red") + like(rainbow / "red.png")
    assert len(collection.search(query)) == 8
    shutil.copy(rainbow / "red.png", rainbow / "red again.png")
    collection.add(rainbow)
    found = collection.search(query)
    assert len(found) == 9
    assert {hit.path.stem for hit in found[:2]} == {"red", "red again"}


def test_returns_as_many_as_asked_or_as_there_are(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    assert len(collection.search("red", k=3)) == 3
    assert len(collection.search("red", k=10_000)) == 8
    assert len(collection.search("red")) == 8


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda c: c.search(""), "query is empty"),
        (lambda c: c.search(" \n"), "query is empty"),
        (lambda c: c.search(), "query is empty"),
        (lambda c: c.search(-text("red")), "only says what not to find"),
        (lambda c: c.search(text("red") + like(999)), "no image with the id 999"),
        (lambda c: c.search(text("red") + like(1), strategy="soon"), "no query strategy"),
        (lambda c: c.search("red", k=0), "1 or more, not 0"),
        (lambda c: c.search("red", k=-1), "1 or more, not -1"),
        (lambda c: c.search(image=999), "no image with the id 999"),
        (lambda c: c.image(999), "no image with the id 999"),
        (lambda c: c.images([1, 999]), "no image with the id 999"),
        (lambda c: c.remove([1, 999]), "no image with the id 999"),
        (lambda c: c.vectors("other"), "no vectors of 'other', only of: fake"),
    ],
)
def test_what_cannot_be_meant(
    collection: Collection, rainbow: Path, ask: Callable[[Collection], object], message: str
) -> None:
    collection.add(rainbow)
    with pytest.raises(InputError, match=message):
        ask(collection)
    assert len(collection) == 8


def test_an_example_that_is_no_picture(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    with pytest.raises(ImageError, match="no such file"):
        collection.search(image=rainbow / "nowhere.png")
    with pytest.raises(ImageError, match="not an image"):
        collection.search(image=b"hello")


def test_an_empty_collection(collection: Collection) -> None:
    assert len(collection) == 0
    assert collection
    assert list(collection) == []
    for ask in (lambda: collection.search("red"), collection.vectors):
        with pytest.raises(CollectionNotFound, match="is empty"):
            ask()
    assert collection.info().encoders == ()


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_keeps_the_vectors_as_asked(photos: Path, rainbow: Path, dtype: str) -> None:
    encoder = FakeEncoder()
    with Collection(photos / ".firs", encoder, dtype=dtype) as collection:  # type: ignore[arg-type]
        collection.add(rainbow)
        ids, vectors = collection.vectors()
        assert (ids.dtype.name, vectors.dtype.name) == ("int64", dtype)
        assert vectors.shape == (8, 64)
        assert ids.tolist() == sorted(ids.tolist())
        pictures = [Image.open(collection.image(id_).path) for id_ in ids.tolist()]
        expected = encoder.encode_images(pictures)
        np.testing.assert_allclose(vectors, expected, atol=1e-3 if dtype == "float16" else 0)
    with pytest.raises(InputError, match="float16 or float32"):
        Collection(photos / ".firs", encoder, dtype="int8")  # type: ignore[arg-type]


def test_revision_rises_with_every_change_of_vectors_only(
    collection: Collection, rainbow: Path, photo: Photo
) -> None:
    def revision() -> int:
        return collection.info().encoders[0].revision

    collection.add(rainbow, batch_size=3)
    seen = [revision()]
    collection.add(rainbow)
    collection.add(rainbow, captions={"red.png": ["a wall"]})
    assert revision() == seen[0]
    photo("new.png", "orange")
    collection.add(rainbow)
    seen.append(revision())
    photo("new.png", "pink")
    collection.add(rainbow)
    seen.append(revision())
    collection.remove([1])
    seen.append(revision())
    (rainbow / "new.png").unlink()
    collection.add(rainbow, prune=True)
    seen.append(revision())
    assert seen == sorted(set(seen))


def test_a_search_sees_what_was_added_and_removed(
    photos: Path, collection: Collection, rainbow: Path, photo: Photo
) -> None:
    collection.add(rainbow)
    with Collection(photos / ".firs", FakeEncoder()) as server:
        assert len(server.search("orange")) == 8
        photo("orange.png", "orange")
        collection.add(rainbow)
        best = server.search("orange", k=1)[0]
        assert best.path.name == "orange.png"
        collection.remove([best.id])
        assert len(server.search("orange")) == 8
        assert best.id not in server.search("orange").ids


def test_the_index_is_read_from_its_cache(
    photos: Path, collection: Collection, rainbow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection.add(rainbow)
    before = collection.search("red")

    def refuse(*_: object) -> None:
        raise AssertionError("the vectors were read though nothing changed")

    monkeypatch.setattr("firs.storage.rows.vectors", refuse)
    with Collection(photos / ".firs", FakeEncoder()) as again:
        assert again.search("red").ids.tolist() == before.ids.tolist()


def test_a_collection_made_anew_is_not_served_from_the_old_ones_cache(
    photos: Path, rainbow: Path, tmp_path: Path
) -> None:
    with Collection(photos / ".firs", FakeEncoder()) as collection:
        collection.add(rainbow)
        collection.search("red")
    shutil.move(photos / ".firs" / "index", tmp_path / "index")
    shutil.rmtree(photos / ".firs")
    plain("navy").save(rainbow / "red.png")
    with Collection(photos / ".firs", FakeEncoder()) as collection:
        collection.add(rainbow)
        shutil.move(tmp_path / "index", photos / ".firs" / "index")
        assert collection.search("navy", k=1)[0].path.name == "red.png"


def test_a_moved_tree_keeps_working(collection: Collection, rainbow: Path, tmp_path: Path) -> None:
    collection.add(rainbow)
    collection.close()
    moved = tmp_path / "other place"
    rainbow.rename(moved)
    encoder = FakeEncoder()
    with Collection(moved / ".firs", encoder) as again:
        assert again.search("red", k=1)[0].path == moved / "red.png"
        assert again.add(moved).unchanged == 8
    assert encoder.embedded == 0


def test_photos_may_lie_elsewhere(tmp_path: Path, rainbow: Path) -> None:
    with Collection(tmp_path / "deep" / "collections" / "mine", FakeEncoder()) as collection:
        collection.add(rainbow)
        assert collection.search("red", k=1)[0].path == rainbow / "red.png"
        assert collection.add(rainbow).unchanged == 8


def test_those_added_last_come_first(collection: Collection, rainbow: Path, photo: Photo) -> None:
    collection.add(rainbow)
    photo("late.png", "purple")
    collection.add(rainbow)
    assert [image.path.name for image in collection.newest(count=1)] == ["late.png"]
    ids = [image.id for image in collection.newest()]
    assert ids == sorted(ids, reverse=True)
    assert [image.id for image in collection.newest(2, 3)] == ids[2:5]
    assert collection.newest(len(ids)) == []
    with pytest.raises(InputError, match="from 0 on"):
        collection.newest(-1)


def test_an_image_is_known_by_its_content(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    for image in collection:
        data = image.path.read_bytes()
        assert image.hash == hashlib.blake2b(data, digest_size=16).hexdigest()
        assert image.mtime_ns == image.path.stat().st_mtime_ns


def test_names_of_every_kind_come_back(collection: Collection, photos: Path) -> None:
    names = ["new\nline.png", "grün 🌈.png", "latin-\udce9.png", "a\\b.png", "100%?#.png"]
    for name, colour in zip(names, COLOURS, strict=False):
        (photos / name).write_bytes(encoded(plain(colour), "PNG"))
    (photos / "bad-\udce9.png").touch()
    assert collection.add(photos).added == len(names)
    assert {image.path.name for image in collection} == set(names)
    assert collection.search("blue", k=1)[0].path.read_bytes().startswith(b"\x89PNG")
    assert collection.problems() == [Problem(photos / "bad-\udce9.png", "empty file")]
    assert collection.add(photos).unchanged == len(names)


def test_paths_may_begin_at_home(
    rainbow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (rainbow / "mine.json").write_text('{"red.png": "a wall"}')
    with Collection("~/photos/.firs", FakeEncoder()) as collection:
        assert collection.path == rainbow / ".firs"
        assert collection.add("~/photos", captions="~/photos/mine.json").captions == 1
        assert collection.search(image="~/photos/red.png", k=1)[0].path == rainbow / "red.png"


def test_removes_images_but_not_their_files(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow, captions={"red.png": ["a wall"]})
    ids = {image.path.name: image.id for image in collection}
    collection.remove([ids["red.png"], ids["blue.png"]])
    assert len(collection) == 6
    assert collection.info().captions == 0
    assert len(collection.vectors()[0]) == 6
    assert (rainbow / "red.png").exists()


def test_info(collection: Collection, rainbow: Path) -> None:
    (rainbow / "bad.jpg").touch()
    collection.add(rainbow, captions={"red.png": ["a wall", "all red"]})
    info = collection.info()
    assert (info.images, info.captions, info.problems, info.schema) == (8, 2, 1, len(STEPS))
    (encoder,) = info.encoders
    assert (encoder.name, encoder.dim, encoder.dtype, encoder.vectors) == ("fake", 64, "float16", 8)
    assert info.path == rainbow / ".firs"
    assert info.bytes is not None
    assert info.bytes >= (rainbow / ".firs" / "firs.db").stat().st_size
    assert info.created_at.tzinfo is not None


def test_iterates_over_more_than_one_page(
    collection: Collection, rainbow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firs.storage.rows._AT_ONCE", 3)
    collection.add(rainbow, captions={f"{colour}.png": [colour] for colour in COLOURS})
    records = list(collection)
    assert [record.path.stem for record in records] == sorted(COLOURS)
    assert all(record.captions == (record.path.stem,) for record in records)
    backwards = [record.id for record in reversed(records)]
    assert [record.id for record in collection.images(backwards)] == backwards


def test_only_one_adds_while_all_may_search(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    plain("orange").save(rainbow / "orange.png")

    def meanwhile(done: int, to_do: int) -> None:
        with pytest.raises(CollectionBusy):
            collection.add(rainbow)
        with pytest.raises(CollectionBusy):
            collection.remove([1])
        assert collection.search("red", k=1)[0].path.name == "red.png"

    assert collection.add(rainbow, progress=meanwhile).added == 1


def test_many_threads_search_while_one_adds(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    stop = threading.Event()

    def search() -> None:
        while not stop.is_set():
            assert collection.search("red", k=1)[0].path.name == "red.png"

    with ThreadPoolExecutor(4) as pool, ExitStack() as at_end:
        at_end.callback(stop.set)
        searching = [pool.submit(search) for _ in range(4)]
        for number in range(40):
            plain(f"rgb(0, {number}, 200)").save(rainbow / f"{number}.png")
        collection.add(rainbow, batch_size=4)
    for each in searching:
        each.result()
    assert len(collection.search("red", k=100)) == 48


def test_is_found_from_any_folder_below(
    collection: Collection, photos: Path, tmp_path: Path
) -> None:
    below = photos / "2024" / "summer"
    below.mkdir(parents=True)
    (below / ".firs").mkdir()  # without a database it is none
    for start in (below, photos, photos / "not" / "there"):
        assert find_collection(start) == photos / ".firs"
    (tmp_path / "link").symlink_to(below)
    assert find_collection(tmp_path / "link") == photos / ".firs"
    with pytest.raises(CollectionNotFound, match="firs index"):
        find_collection(tmp_path)
