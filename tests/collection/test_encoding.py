"""A collection and its encoder: the right one, the wrong one, a broken one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from firs.collection import Collection
from firs.errors import EncoderError, EncoderMismatch, InputError
from tests.collection.conftest import Photo
from tests.fakes import FakeEncoder


def test_opens_again_and_knows_its_encoder(
    photos: Path, collection: Collection, rainbow: Path
) -> None:
    collection.add(rainbow)
    collection.close()
    with Collection(photos / ".firs", FakeEncoder(), create=False) as again:
        assert again.search("red", k=1)[0].path.name == "red.png"
    with Collection(photos / ".firs") as unnamed:
        assert unnamed.info().encoders[0].name == "fake"
        assert unnamed.search(image=1, k=1)[0].id == 1  # needs no encoder
        with pytest.raises(InputError, match=r"no encoder called 'fake'.*as an object"):
            unnamed.search("red")


def test_other_weights_are_refused(photos: Path, collection: Collection, rainbow: Path) -> None:
    with Collection(photos / ".firs", FakeEncoder(fingerprint="beef")) as unused:
        assert len(unused) == 0  # an empty collection binds nobody
    collection.add(rainbow)
    with pytest.raises(EncoderMismatch, match=r"other weights .*fa4e; these are beef"):
        Collection(photos / ".firs", FakeEncoder(fingerprint="beef"))


def test_another_encoder_joins_and_each_is_searched(
    photos: Path, collection: Collection, rainbow: Path, encoder: FakeEncoder
) -> None:
    collection.add(rainbow)
    other = FakeEncoder("other", "beef")
    with Collection(photos / ".firs", other) as second:
        with pytest.raises(EncoderMismatch, match=r"vectors of fake, but none of 'other'"):
            second.search("red")
        report = second.add(rainbow)
        assert (report.filled, report.added, report.unchanged) == (8, 0, 8)
        assert second.search("red", k=1)[0].path.name == "red.png"
        assert second.add(rainbow).filled == 0
    assert other.embedded == encoder.embedded == 8
    assert [(each.name, each.vectors) for each in collection.info().encoders] == [
        ("fake", 8),
        ("other", 8),
    ]
    with Collection(photos / ".firs") as unnamed:  # the first is meant
        assert unnamed.search(image=1, k=1).source.startswith("fake")


def test_pictures_of_equal_content_are_encoded_once_for_the_other_too(
    photos: Path, collection: Collection, rainbow: Path, photo: Photo
) -> None:
    photo("again.png", "red")
    collection.add(rainbow)
    other = FakeEncoder("other")
    with Collection(photos / ".firs", other) as second:
        assert second.add(rainbow).filled == 9
    assert other.embedded == 8


def test_a_new_copy_of_a_picture_that_the_other_has_not_seen_is_encoded(
    photos: Path, collection: Collection, rainbow: Path, photo: Photo
) -> None:
    collection.add(rainbow)
    copies = photos / "copies"
    photo("copies/red.png", "red")
    other = FakeEncoder("other")
    with Collection(photos / ".firs", other) as second:
        report = second.add(copies)
        assert (report.filled, report.added) == (0, 1)
        assert second.search("red", k=1)[0].path.parent == copies
    assert other.embedded == 1


def test_a_changed_picture_loses_the_vectors_of_all(
    photos: Path, collection: Collection, rainbow: Path, photo: Photo
) -> None:
    collection.add(rainbow)
    with Collection(photos / ".firs", FakeEncoder("other")) as second:
        second.add(rainbow)
    photo("red.png", "cyan")
    assert collection.add(rainbow).updated == 1
    assert [each.vectors for each in collection.info().encoders] == [8, 7]
    with Collection(photos / ".firs", FakeEncoder("other")) as second:
        assert second.add(rainbow).filled == 1


def test_an_encoders_vectors_are_forgotten_and_nothing_else(
    photos: Path, collection: Collection, rainbow: Path
) -> None:
    collection.add(rainbow)
    with Collection(photos / ".firs", FakeEncoder("other")) as second:
        second.add(rainbow)
        assert second.forget_vectors("fake") == 8
        with pytest.raises(InputError, match=r"no vectors of 'fake', only of: other"):
            second.forget_vectors("fake")
        assert len(second) == 8
        assert second.search("red", k=1)[0].path.name == "red.png"


def test_vectors_made_elsewhere_are_taken_in(
    photos: Path, collection: Collection, rainbow: Path
) -> None:
    collection.add(rainbow)
    other = FakeEncoder("other")
    given = {image.path: other.encode_texts([image.path.stem])[0] * 7 for image in collection}
    given[photos / "unknown.png"] = np.ones(other.dim)
    assert collection.import_vectors(other, given) == 8
    with Collection(photos / ".firs", other) as second:
        ids, vectors = second.vectors("other")
        assert len(ids) == 8
        assert np.linalg.norm(vectors.astype(np.float32), axis=1) == pytest.approx(1, abs=1e-3)
        assert second.search("red", k=1)[0].path.name == "red.png"
        assert second.add(rainbow).filled == 0
    assert other.embedded == 0


@pytest.mark.parametrize("wrong", [np.ones(3), np.zeros(64), np.full(64, np.nan), np.array(1.0)])
def test_a_wrong_vector_is_refused_and_none_is_taken(
    photos: Path, collection: Collection, rainbow: Path, wrong: NDArray[Any]
) -> None:
    collection.add(rainbow)
    good = {image.path: np.ones(64) for image in collection}
    with pytest.raises(InputError, match=r"red\.png is no vector of other: 64 finite numbers"):
        collection.import_vectors(FakeEncoder("other"), good | {photos / "red.png": wrong})
    with pytest.raises(EncoderMismatch, match="other weights"):
        collection.import_vectors(FakeEncoder(fingerprint="beef"), good)
    assert [each.name for each in collection.info().encoders] == ["fake"]


def test_a_broken_encoder_writes_nothing(
    collection: Collection, rainbow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong in (np.zeros((8, 64)), np.full((8, 64), np.nan), np.ones((8, 3))):
        monkeypatch.setattr(FakeEncoder, "encode_images", lambda *_, wrong=wrong: wrong)
        with pytest.raises(EncoderError):
            collection.add(rainbow)
    assert len(collection) == 0


def test_each_encoder_keeps_an_index_of_its_own(
    photos: Path, collection: Collection, rainbow: Path
) -> None:
    collection.add(rainbow)
    collection.search("red")
    with Collection(photos / ".firs", FakeEncoder("owner/other", "beef")) as second:
        second.add(rainbow)
        second.search("red")
    kept = (photos / ".firs" / "index").rglob("*.index")
    assert sorted(file.parent.name for file in kept) == ["fake", "owner%2Fother"]
