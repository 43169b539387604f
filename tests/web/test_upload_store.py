import io
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.query import ImageTerm
from firs.web.problems import NotFound
from firs.web.settings import Limits
from firs.web.upload_store import UploadStore
from tests.pictures.making import encoded, oriented, plain, png_header

PICTURE = encoded(plain(), "PNG")

Open = Callable[..., UploadStore]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> Iterator[UploadStore]:
    limits = Limits(upload_bytes=10_000, uploads=3, uploads_bytes=20_000, upload_seconds=60)
    with closing(UploadStore(limits, clock)) as opened:
        yield opened


def add(store: UploadStore, data: bytes = PICTURE) -> str:
    return store.add(io.BytesIO(data), "a.png").id


def path_of(store: UploadStore, id_: str) -> Path:
    example = store.get(id_).shown.example
    assert isinstance(example, Path)
    return example


def test_a_picture_is_kept(store: UploadStore) -> None:
    lying = plain(size=(60, 40))
    data = encoded(lying, "JPEG", exif=oriented(lying, 6))
    upload = store.get(add(store, data))
    assert (upload.name, upload.width, upload.height) == ("a.png", 40, 60)
    with upload.open() as file:
        assert file.read() == data


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
def test_what_is_no_picture_leaves_nothing(store: UploadStore, data: bytes, reason: str) -> None:
    folder = path_of(store, add(store)).parent
    with pytest.raises(InputError, match=reason):
        add(store, data)
    assert len(list(folder.iterdir())) == 1


def test_the_oldest_make_room(store: UploadStore) -> None:
    ids = [add(store) for _ in range(3)]
    first = path_of(store, ids[0])
    ids.append(add(store))
    with pytest.raises(NotFound, match="show it again"):
        store.get(ids[0])
    assert not first.exists()
    assert [store.get(id_).id for id_ in ids[1:]] == ids[1:]


def test_so_they_do_where_all_together_are_too_large(store: UploadStore) -> None:
    large = PICTURE + b"\0" * 9_000
    first, second, third = (add(store, large) for _ in range(3))
    with pytest.raises(NotFound):
        store.get(first)
    assert store.get(second).bytes + store.get(third).bytes <= 20_000


def test_they_are_forgotten_after_a_while(store: UploadStore, clock: Clock) -> None:
    path = path_of(store, old := add(store))
    clock.now = 61
    with pytest.raises(NotFound):
        store.get(old)
    assert not path.exists()


def test_nothing_is_left_when_it_ends(store: UploadStore) -> None:
    folder = path_of(store, add(store)).parent
    store.close()
    assert not folder.exists()


def test_a_picture_of_a_session_is_kept_with_its_vector(store: UploadStore) -> None:
    known = {"fake": np.ones(3, dtype=np.float32)}
    kept = store.keep("session-0", ImageTerm(PICTURE, "mine.png", known))
    assert store.keep("session-0", ImageTerm(PICTURE, "mine.png", known)) is kept
    assert kept.name == "mine.png"
    assert store.get("session-0").shown.known is known
    with kept.open() as file:
        assert file.read() == PICTURE


def test_it_outlives_the_file_that_it_came_from(store: UploadStore) -> None:
    first = store.get(add(store))
    store.keep("session-0", first.shown)
    first.forget()
    with store.get("session-0").open() as file:
        assert file.read() == PICTURE
