from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.datasets import DatasetImage, build_dataset
from tests.evaluation.benches import small_dataset

TWO = [DatasetImage("a.jpg", ("red", "dark red")), DatasetImage("b.jpg", ("blue",))]


def test_each_caption_knows_its_image() -> None:
    dataset = build_dataset("two", TWO)
    assert dataset.image_ids == ("a.jpg", "b.jpg")
    assert dataset.captions == ("red", "dark red", "blue")
    assert dataset.owners.tolist() == dataset.relevant.image.tolist() == [0, 0, 1]


def test_the_fingerprint_is_of_the_content() -> None:
    other = [TWO[0], DatasetImage("b.jpg", ("green",))]
    assert build_dataset("two", TWO).fingerprint == build_dataset("renamed", TWO).fingerprint
    assert build_dataset("two", TWO).fingerprint != build_dataset("two", other).fingerprint


def test_an_image_may_have_no_caption() -> None:
    dataset = build_dataset("with another", [*TWO, DatasetImage("c.jpg", ())])
    assert (len(dataset.image_ids), len(dataset.captions)) == (3, 3)


@pytest.mark.parametrize("images", [[], [DatasetImage("a.jpg", ())]])
def test_an_empty_split_is_refused(images: list[DatasetImage]) -> None:
    with pytest.raises(InputError, match=f"nothing is empty: {len(images)} images and 0 captions"):
        build_dataset("nothing", images)


def test_an_id_that_stands_twice_is_named() -> None:
    with pytest.raises(InputError, match=r"has the image 'a\.jpg' twice"):
        build_dataset("double", [*TWO, TWO[0]])


def test_missing_pictures_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    with pytest.raises(InputError, match=r"captions for b\.jpg.*\(1 of 2 pictures are missing\)"):
        build_dataset("two", TWO).with_files(tmp_path)


def test_files_go_with_the_ids(tmp_path: Path) -> None:
    for image in TWO:
        (tmp_path / image.id).touch()
    files = build_dataset("two", TWO).with_files(tmp_path).files
    assert files == (tmp_path / "a.jpg", tmp_path / "b.jpg")
    np.testing.assert_array_equal(build_dataset("two", TWO).owners, [0, 0, 1])


def test_without_the_images_that_have_no_picture(tmp_path: Path) -> None:
    dataset = small_dataset(images=4, captions=2)
    for place in (0, 3):
        (tmp_path / dataset.image_ids[place]).touch()
    some = dataset.with_files(tmp_path).with_pictures_only()
    assert some.image_ids == ("0.jpg", "3.jpg")
    assert some.captions == dataset.captions[:2] + dataset.captions[6:]
    assert some.owners.tolist() == [0, 0, 1, 1]
    assert some.image_vectors is not None
    assert dataset.image_vectors is not None
    np.testing.assert_array_equal(some.image_vectors, dataset.image_vectors[[0, 3]])
    assert some.name == "small without 2 images that have no picture"
    assert some.with_pictures_only() is some
    with pytest.raises(InputError, match="no pictures to encode"):
        dataset.with_pictures_only()


def test_what_else_is_said_of_the_images() -> None:
    dataset = build_dataset("two", TWO)
    assert dataset.captions_by_image == (("red", "dark red"), ("blue",))
    shown = dataset.with_descriptions(
        {"a.jpg": ["a rose"], "b.jpg": ["a lake"], "c.jpg": ["a dog"]}
    )
    assert shown.captions_by_image == (("a rose",), ("a lake",))
    assert shown.captions == dataset.captions, "what is asked stays"


def test_captions_that_speak_of_other_images() -> None:
    with pytest.raises(InputError, match=r"speak of 1 of 2 images of two; give captions of most"):
        build_dataset("two", TWO).with_descriptions({"a.jpg": ["a rose"], "x.jpg": ["a lake"]})
