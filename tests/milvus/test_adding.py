"""Adding to a collection on a server, as far as it differs from adding to one in a folder.

``tests/distributed/test_milvus_adding.py`` runs the same on a real server.
"""

import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firs.collection import Collection
from firs.errors import EncoderMismatch, InputError, NameTaken, NewerCollection
from firs.milvus.address import Address
from firs.milvus.schema import IMAGE_FIELDS, VectorIndex, encode_description
from firs.milvus.server import Server
from tests.collection.conftest import COLOURS, Photo, counts, names
from tests.fakes import FakeEncoder, other


def test_images_of_other_folders_are_known_too(
    url: str, photos: Path, photo: Photo, encoder: FakeEncoder
) -> None:
    for colour in COLOURS:
        photo(f"first/{colour}.png", colour)
    (photos / "second").mkdir()
    (photos / "second" / os.fsdecode(b"caf\xe9 \xf0\x9f\x98\x80.png")).write_bytes(
        (photos / "first" / "red.png").read_bytes()
    )
    with Collection(url, encoder) as collection:
        assert counts(collection.add(photos / "first")) == {"added": len(COLOURS)}
        known = names(collection)
        (photos / "first" / "blue.png").rename(photos / "second" / "sea.png")
        report = counts(collection.add(photos / "second"))
        assert report == {"added": 1, "moved": 1, "duplicates": 1}
        assert encoder.embedded == len(COLOURS)
        assert names(collection)["sea.png"] == known["blue.png"]
        assert counts(collection.add(photos / "first")) == {"unchanged": len(COLOURS) - 1}
        (strange,) = (path for path in names(collection) if path.startswith("caf"))
        assert collection.ids([photos / "second" / strange]) == [names(collection)[strange]]


def test_a_name_that_another_image_had_gives_another_id(
    url: str, photos: Path, photo: Photo, encoder: FakeEncoder
) -> None:
    first = photo("a.png", "red")
    with Collection(url, encoder) as collection:
        collection.add(photos)
        (id_,) = collection.ids([first])
        first.rename(photos / "b.png")
        photo("a.png", "blue")
        photo("c.png", "white")
        collection.add(photos)
        collection.tag([id_], "mine")
        after = names(collection)
        assert len(set(after.values())) == 3 == len(collection.vectors()[0])
        assert (after["b.png"] == id_) != (after["a.png"] == id_)
        assert collection.ids([photos / name for name in after]) == list(after.values())
        (photos / "a.png").rename(photos / "d.png")
        (photos / "b.png").rename(photos / "a.png")
        (photos / "d.png").rename(photos / "b.png")
        assert counts(collection.add(photos)) == {"moved": 2, "unchanged": 1}
        swapped = names(collection)
        assert (swapped["a.png"], swapped["b.png"]) == (after["b.png"], after["a.png"])
        assert collection.image(id_).tags == ("mine",)


def test_captions_are_replaced_by_their_source(
    url: str, rainbow: Path, encoder: FakeEncoder
) -> None:
    table = rainbow / "captions.tsv"
    table.write_text("image\tcaption\nred.png\ta wall\nred.png\tall red\nblue.png\ta sea\n")
    with Collection(url, encoder) as collection:
        assert collection.add(rainbow).captions == 3
        assert collection.add(rainbow, captions={"red.png": ["warm"]}).captions == 1
        table.write_text("image\tcaption\nred.png\tall red\nred.png\ta rose\nnone.png\tnothing\n")
        report = collection.add(rainbow)
        assert (report.captions, report.captions_without_image) == (1, 1)
        (red,) = collection.ids([rainbow / "red.png"])
        assert collection.image(red).captions == ("all red", "warm", "a rose")
        assert collection.info().captions == 4
        too_many = {"red.png": [f"{number} {'very ' * 200}long" for number in range(80)]}
        with pytest.raises(InputError, match="Give fewer"):
            collection.add(rainbow, captions=too_many)


def test_a_second_encoder_and_whole_precision(
    url: str, rainbow: Path, encoder: FakeEncoder
) -> None:
    with Collection(url, encoder) as collection:
        collection.add(rainbow)
    second = other()
    with Collection(url, second, dtype="float32") as collection:
        report = collection.add(rainbow)
        assert (report.filled, report.unchanged) == (len(COLOURS), len(COLOURS))
        assert [each.dtype for each in collection.info().encoders] == ["float16", "float32"]
        ids, vectors = collection.vectors()
        pictures = [Image.open(image.path) for image in collection.images(ids.tolist())]
        np.testing.assert_allclose(vectors, second.encode_images(pictures), atol=1e-6)
        (rainbow / "red.png").write_bytes((rainbow / "blue.png").read_bytes())
        assert collection.add(rainbow).updated == 1
        assert len(collection.vectors("fake")[0]) == len(COLOURS) - 1
        with pytest.raises(EncoderMismatch):
            Collection(url, FakeEncoder(fingerprint="0"))
    with Collection(url, create=False) as collection:
        assert [each.name for each in collection.info().encoders] == ["fake", "other"]


def test_a_taken_name_is_refused(url: str) -> None:
    newer = encode_description("images", made="2024-01-01T00:00:00+00:00").replace(": 1", ": 99")
    with Server(Address.parse(url)) as server:
        name = server.address.name
        index = VectorIndex("BIN_FLAT", "HAMMING", field="nothing")
        for description, error in (
            ("something else", NameTaken),
            (encode_description("notes", of="photos"), NameTaken),
            (newer, NewerCollection),
        ):
            server.create(name, IMAGE_FIELDS, description, index)
            with pytest.raises(error, match=name):
                Collection(url)
            server.drop(name)


def test_two_at_once_give_each_image_once(url: str, photos: Path, photo: Photo) -> None:
    for number in range(40):
        photo(f"{number}.png", f"rgb({number * 6}, 90, 200)")
    Collection(url, FakeEncoder()).close()

    def fill() -> None:
        with Collection(url, FakeEncoder()) as collection:
            collection.add(photos, batch_size=4)

    both = [threading.Thread(target=fill) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    with Collection(url, FakeEncoder(), create=False) as collection:
        assert len(names(collection)) == len(collection) == len(collection.vectors()[0]) == 40
        assert counts(collection.add(photos)) == {"unchanged": 40}
