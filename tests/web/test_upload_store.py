import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firs.collection import Collection
from firs.encoders import open_encoder
from firs.errors import InputError
from firs.imaging import decode
from firs.query import ImageTerm, Query, Term, TextTerm
from firs.session import Session
from firs.web.problems import NotFound
from firs.web.registries import CollectionRegistry, OpenCollection, OpenSessions
from firs.web.server import Limits
from firs.web.uploads import SIDE, UploadStore
from tests.imaging.making import encoded, oriented, plain, png_header

PICTURE = encoded(plain(), "PNG")
LIMITS = Limits(upload_bytes=10_000, uploads=3, uploads_bytes=20_000, upload_seconds=60)


class Clock:
    now = 1e9

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def entry(scenes: Path) -> Iterator[OpenCollection]:
    with closing(CollectionRegistry()) as shelf:
        yield shelf.put(scenes / ".firs")


@pytest.fixture
def sessions() -> OpenSessions:
    return OpenSessions(most=3)


@pytest.fixture
def store(sessions: OpenSessions, clock: Clock) -> Iterator[UploadStore]:
    with closing(UploadStore(LIMITS, sessions, clock)) as opened:
        yield opened


def add(
    store: UploadStore, entry: OpenCollection, data: bytes = PICTURE, name: str = "a.png"
) -> str:
    return store.add(entry, io.BytesIO(data), name).id


def coloured(number: int) -> bytes:
    return encoded(plain(f"rgb({number},0,0)"), "PNG")


def picture_of(shown: ImageTerm) -> Image.Image:
    assert isinstance(shown.example, bytes)
    return decode(shown.example)


def test_a_picture_is_stored_upright(store: UploadStore, entry: OpenCollection) -> None:
    lying = plain(size=(60, 40))
    data = encoded(lying, "JPEG", exif=oriented(lying, 6))
    record = store.add(entry, io.BytesIO(data), "a.jpg")
    assert (record.name, record.width, record.height) == ("a.jpg", 40, 60)
    shown = store.get([entry], record.id)
    assert str(shown) == "a.jpg"
    assert picture_of(shown).size == (40, 60)


@pytest.mark.parametrize(
    ("size", "stored"),
    [((900, 600), (768, 512)), ((600, 900), (512, 768)), ((500, 400), (500, 400))],
)
def test_stored_example_is_no_larger_than_encoders_need(
    sessions: OpenSessions, entry: OpenCollection, size: tuple[int, int], stored: tuple[int, int]
) -> None:
    with closing(UploadStore(Limits(), sessions)) as store:
        record = store.add(entry, io.BytesIO(encoded(plain(size=size), "PNG")), "a.png")
        assert (record.width, record.height) == size
        assert picture_of(store.get([entry], record.id)).size == stored
    assert min(stored) <= SIDE


def test_very_wide_picture_is_stored_small(sessions: OpenSessions, entry: OpenCollection) -> None:
    with closing(UploadStore(Limits(), sessions)) as store:
        id_ = add(store, entry, encoded(plain(size=(30_000, 20)), "PNG"))
        width, height = picture_of(store.get([entry], id_)).size
    assert 7_000 < width <= 8_192
    assert height == 5


def test_stored_example_finds_the_same_as_the_file(
    sessions: OpenSessions, entry: OpenCollection, shared_data: Path
) -> None:
    encoder = open_encoder("mini")
    photos = sorted((shared_data / "flickr8k" / "images").iterdir())[:8]
    with closing(UploadStore(Limits(), sessions)) as store:
        ids = [add(store, entry, photo.read_bytes()) for photo in photos]
        stored = encoder.encode_images([picture_of(store.get([entry], id_)) for id_ in ids])
    cosines = np.sum(stored * encoder.encode_images([decode(photo) for photo in photos]), axis=1)
    assert cosines.min() > 0.998


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"<svg/>", "not an image"),
        (b"%PDF-1.7", "not an image"),
        (PICTURE[:60], "truncated"),
        (png_header(30_000, 30_000), "decompression bomb"),
        (b"\xff\xd8\xff" + b"\0" * 100, "damaged|truncated"),
        (encoded(plain(), "PNG") + b"\0" * 20_000, "larger than"),
    ],
)
def test_non_picture_is_not_stored(
    store: UploadStore, entry: OpenCollection, data: bytes, reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        add(store, entry, data)
    assert entry.collection.examples.records() == []


def test_the_same_file_has_the_same_id_and_its_newest_name(
    store: UploadStore, entry: OpenCollection
) -> None:
    first, second = add(store, entry, name="a.png"), add(store, entry, name="b.png")
    assert first == second
    assert store.get([entry], first).name == "b.png"


def test_oldest_uploads_are_removed(store: UploadStore, entry: OpenCollection) -> None:
    ids = [add(store, entry, coloured(number)) for number in range(4)]
    with pytest.raises(NotFound, match="upload it again"):
        store.get([entry], ids[0])
    for id_ in ids[1:]:
        store.get([entry], id_)
    assert [each.id for each in entry.collection.examples.records()] == ids[1:]


def test_oldest_are_removed_when_the_total_is_too_large(
    sessions: OpenSessions, entry: OpenCollection, clock: Clock
) -> None:
    one = len(held_bytes(sessions, entry))
    limits = Limits(uploads_bytes=2 * one + one // 2)
    with closing(UploadStore(limits, sessions, clock)) as store:
        ids = [add(store, entry, coloured(number)) for number in range(3)]
        assert [each.id for each in entry.collection.examples.records()] == ids[1:]


def held_bytes(sessions: OpenSessions, entry: OpenCollection) -> bytes:
    """What is stored of one picture."""
    with closing(UploadStore(Limits(), sessions, lambda: 0.0)) as store:
        example = store.get([entry], add(store, entry, coloured(0))).example
    assert isinstance(example, bytes)
    return example


def test_uploads_expire(store: UploadStore, entry: OpenCollection, clock: Clock) -> None:
    old = add(store, entry)
    clock.now += 61
    with pytest.raises(NotFound):
        store.get([entry], old)
    new = add(store, entry, coloured(1))
    assert [each.id for each in entry.collection.examples.records()] == [new]


def test_uploads_are_visible_on_another_server(
    store: UploadStore, entry: OpenCollection, clock: Clock
) -> None:
    id_ = add(store, entry)
    store.close()
    with closing(UploadStore(LIMITS, OpenSessions(most=3), clock)) as other:
        assert picture_of(other.get([entry], id_)).size == (60, 40)


def test_uploads_of_a_read_only_collection_end_with_the_server(
    store: UploadStore, entry: OpenCollection, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Collection, "is_writable", False)
    id_ = add(store, entry)
    assert store.get([entry], id_).name == "a.png"
    assert entry.collection.examples.records() == []
    store.close()
    other = UploadStore(LIMITS, OpenSessions(most=3), clock)
    with closing(other), pytest.raises(NotFound):
        other.get([entry], id_)


def test_a_picture_of_a_session_comes_with_its_embedding(
    store: UploadStore, sessions: OpenSessions, entry: OpenCollection
) -> None:
    query = Query((Term(TextTerm("a train")), Term(ImageTerm(PICTURE, "mine.png"))))
    session = sessions.begin(entry, lambda: Session.start(entry.collection, query))
    shown = store.get([entry], f"{session.id}-1")
    assert shown.name == "mine.png"
    np.testing.assert_array_equal(shown.known["mini"], session.query.terms[1].what.known["mini"])
    assert picture_of(shown).size == (60, 40)
    with closing(UploadStore(LIMITS, OpenSessions(most=3))) as other:
        assert other.get([entry], f"{session.id}-1") == shown
    for number in ("0", "2", "-1", "x", ""):
        with pytest.raises(NotFound):
            store.get([entry], f"{session.id}-{number}")


def test_term_of_an_unsaved_session_keeps_its_picture(
    store: UploadStore,
    sessions: OpenSessions,
    entry: OpenCollection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Collection, "is_writable", False)
    query = Query((Term(ImageTerm(PICTURE, "mine.png")),))
    session = sessions.begin(entry, lambda: Session.start(entry.collection, query))
    assert store.get([entry], f"{session.id}-0").name == "mine.png"
    with pytest.raises(NotFound):
        store.get([entry], "unsaved-123-0")
