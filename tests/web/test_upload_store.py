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
def held(scenes: Path) -> Iterator[OpenCollection]:
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
    store: UploadStore, held: OpenCollection, data: bytes = PICTURE, name: str = "a.png"
) -> str:
    return store.add(held, io.BytesIO(data), name).id


def coloured(number: int) -> bytes:
    return encoded(plain(f"rgb({number},0,0)"), "PNG")


def picture_of(shown: ImageTerm) -> Image.Image:
    assert isinstance(shown.example, bytes)
    return decode(shown.example)


def test_a_picture_is_stored_upright(store: UploadStore, held: OpenCollection) -> None:
    lying = plain(size=(60, 40))
    data = encoded(lying, "JPEG", exif=oriented(lying, 6))
    record = store.add(held, io.BytesIO(data), "a.jpg")
    assert (record.name, record.width, record.height) == ("a.jpg", 40, 60)
    shown = store.get([held], record.id)
    assert str(shown) == "a.jpg"
    assert picture_of(shown).size == (40, 60)


@pytest.mark.parametrize(
    ("size", "stored"),
    [((900, 600), (768, 512)), ((600, 900), (512, 768)), ((500, 400), (500, 400))],
)
def test_no_more_is_stored_than_an_encoder_takes(
    sessions: OpenSessions, held: OpenCollection, size: tuple[int, int], stored: tuple[int, int]
) -> None:
    with closing(UploadStore(Limits(), sessions)) as store:
        record = store.add(held, io.BytesIO(encoded(plain(size=size), "PNG")), "a.png")
        assert (record.width, record.height) == size
        assert picture_of(store.get([held], record.id)).size == stored
    assert min(stored) <= SIDE


def test_a_picture_as_wide_as_a_street_is_stored_small(
    sessions: OpenSessions, held: OpenCollection
) -> None:
    with closing(UploadStore(Limits(), sessions)) as store:
        id_ = add(store, held, encoded(plain(size=(30_000, 20)), "PNG"))
        width, height = picture_of(store.get([held], id_)).size
    assert 7_000 < width <= 8_192
    assert height == 5


def test_what_is_stored_is_found_as_the_file_is(
    sessions: OpenSessions, held: OpenCollection, shared_data: Path
) -> None:
    encoder = open_encoder("mini")
    photos = sorted((shared_data / "flickr8k" / "images").iterdir())[:8]
    with closing(UploadStore(Limits(), sessions)) as store:
        ids = [add(store, held, photo.read_bytes()) for photo in photos]
        stored = encoder.encode_images([picture_of(store.get([held], id_)) for id_ in ids])
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
def test_what_is_no_picture_is_not_stored(
    store: UploadStore, held: OpenCollection, data: bytes, reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        add(store, held, data)
    assert held.collection.examples.records() == []


def test_the_same_file_has_the_same_id_and_its_newest_name(
    store: UploadStore, held: OpenCollection
) -> None:
    first, second = add(store, held, name="a.png"), add(store, held, name="b.png")
    assert first == second
    assert store.get([held], first).name == "b.png"


def test_the_oldest_make_room(store: UploadStore, held: OpenCollection) -> None:
    ids = [add(store, held, coloured(number)) for number in range(4)]
    with pytest.raises(NotFound, match="upload it again"):
        store.get([held], ids[0])
    for id_ in ids[1:]:
        store.get([held], id_)
    assert [each.id for each in held.collection.examples.records()] == ids[1:]


def test_so_they_do_where_all_together_are_too_large(
    sessions: OpenSessions, held: OpenCollection, clock: Clock
) -> None:
    one = len(held_bytes(sessions, held))
    limits = Limits(uploads_bytes=2 * one + one // 2)
    with closing(UploadStore(limits, sessions, clock)) as store:
        ids = [add(store, held, coloured(number)) for number in range(3)]
        assert [each.id for each in held.collection.examples.records()] == ids[1:]


def held_bytes(sessions: OpenSessions, held: OpenCollection) -> bytes:
    """What is stored of one picture."""
    with closing(UploadStore(Limits(), sessions, lambda: 0.0)) as store:
        example = store.get([held], add(store, held, coloured(0))).example
    assert isinstance(example, bytes)
    return example


def test_they_are_gone_after_a_while(
    store: UploadStore, held: OpenCollection, clock: Clock
) -> None:
    old = add(store, held)
    clock.now += 61
    with pytest.raises(NotFound):
        store.get([held], old)
    new = add(store, held, coloured(1))
    assert [each.id for each in held.collection.examples.records()] == [new]


def test_another_server_has_them_too(
    store: UploadStore, held: OpenCollection, clock: Clock
) -> None:
    id_ = add(store, held)
    store.close()
    with closing(UploadStore(LIMITS, OpenSessions(most=3), clock)) as other:
        assert picture_of(other.get([held], id_)).size == (60, 40)


def test_of_a_collection_that_cannot_be_written_to_they_end_with_the_server(
    store: UploadStore, held: OpenCollection, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Collection, "is_writable", False)
    id_ = add(store, held)
    assert store.get([held], id_).name == "a.png"
    assert held.collection.examples.records() == []
    store.close()
    other = UploadStore(LIMITS, OpenSessions(most=3), clock)
    with closing(other), pytest.raises(NotFound):
        other.get([held], id_)


def test_a_picture_of_a_session_comes_with_its_embedding(
    store: UploadStore, sessions: OpenSessions, held: OpenCollection
) -> None:
    query = Query((Term(TextTerm("a train")), Term(ImageTerm(PICTURE, "mine.png"))))
    session = sessions.begin(held, lambda: Session.start(held.collection, query))
    shown = store.get([held], f"{session.id}-1")
    assert shown.name == "mine.png"
    np.testing.assert_array_equal(shown.known["mini"], session.query.terms[1].what.known["mini"])
    assert picture_of(shown).size == (60, 40)
    with closing(UploadStore(LIMITS, OpenSessions(most=3))) as other:
        assert other.get([held], f"{session.id}-1") == shown
    for number in ("0", "2", "-1", "x", ""):
        with pytest.raises(NotFound):
            store.get([held], f"{session.id}-{number}")


def test_so_does_one_of_a_session_that_is_not_saved(
    store: UploadStore,
    sessions: OpenSessions,
    held: OpenCollection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Collection, "is_writable", False)
    query = Query((Term(ImageTerm(PICTURE, "mine.png")),))
    session = sessions.begin(held, lambda: Session.start(held.collection, query))
    assert store.get([held], f"{session.id}-0").name == "mine.png"
    with pytest.raises(NotFound):
        store.get([held], "unsaved-123-0")
