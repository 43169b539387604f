from collections.abc import Iterator
from pathlib import Path

import pytest

from firs.collection import Collection
from firs.collection.made_captions import GeneratedCaptions
from tests.fakes import FakeEncoder
from tests.imaging.making import plain

A, B = "0a" * 16, "0b" * 16


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    folder = tmp_path / "photos"
    folder.mkdir()
    for colour in ("red", "blue"):
        plain(colour).save(folder / f"{colour}.png")
    with Collection(folder / ".firs", FakeEncoder()) as opened:
        opened.add(folder, captions={"red.png": ["a fire", "red"], "blue.png": ["the sea", "red"]})
        yield opened


@pytest.fixture
def made(collection: Collection) -> GeneratedCaptions:
    return collection.made_captions


def test_what_was_kept_is_known_again(made: GeneratedCaptions) -> None:
    made.keep("x", {A: ["a dog", "снег"]})
    assert made.lookup("x", [A, B, A]) == {A: ("a dog", "снег")}
    assert made.lookup("y", [A]) == {}


def test_a_newer_one_takes_its_place(made: GeneratedCaptions) -> None:
    made.keep("x", {A: ["a dog"]})
    made.keep("x", {A: ["a cat"], B: []})
    assert made.lookup("x", [A, B]) == {A: ("a cat",), B: ()}


def test_they_are_counted_and_forgotten(made: GeneratedCaptions) -> None:
    made.keep("x", {A: ["a"], B: ["b"]})
    made.keep("y", {A: ["a"]})
    assert made.counts() == {"x": 2, "y": 1}
    assert made.forget("x") == 2
    assert made.forget() == 1
    assert made.counts() == {}


def test_thousands_at_once(made: GeneratedCaptions) -> None:
    many = {f"{n:032x}": [str(n)] for n in range(1_200)}
    made.keep("x", many)
    assert len(made.lookup("x", many)) == 1_200


def test_captions_are_sampled_once_and_evenly(collection: Collection) -> None:
    assert sorted(collection.caption_texts(10)) == ["a fire", "red", "the sea"]
    assert len(collection.caption_texts(2)) == 2


def test_captions_stay_when_an_image_is_forgotten(
    made: GeneratedCaptions, collection: Collection
) -> None:
    """They are of a content, and may be of another file with the same."""
    [image, _] = collection
    made.keep("x", {image.hash: ["a"]})
    collection.remove([image.id])
    assert made.lookup("x", [image.hash]) == {image.hash: ("a",)}
