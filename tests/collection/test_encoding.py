"""A collection and its encoder: the right one, the wrong one, a broken one."""

from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.errors import EncoderError, EncoderMismatch, InputError
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


def test_another_encoder_or_other_weights_are_refused(
    photos: Path, collection: Collection, rainbow: Path
) -> None:
    with Collection(photos / ".firs", FakeEncoder("other")) as unused:
        assert len(unused) == 0  # an empty collection binds nobody
    collection.add(rainbow)
    with pytest.raises(EncoderMismatch, match=r"'fake', not 'other'.*--encoder other"):
        Collection(photos / ".firs", FakeEncoder("other"))
    with pytest.raises(EncoderMismatch, match=r"'fake', not 'mini'"):
        Collection(photos / ".firs", "mini")
    with pytest.raises(EncoderMismatch, match=r"other weights .*fa4e; these are beef"):
        Collection(photos / ".firs", FakeEncoder(fingerprint="beef"))


def test_an_encoder_is_checked_against_what_was_added_meanwhile(
    photos: Path, collection: Collection, rainbow: Path
) -> None:
    with Collection(photos / ".firs", FakeEncoder("other")) as late:
        collection.add(rainbow)
        with pytest.raises(EncoderMismatch):
            late.search("red")
        with pytest.raises(EncoderMismatch):
            late.add(rainbow)


def test_a_broken_encoder_writes_nothing(
    collection: Collection, rainbow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong in (np.zeros((8, 64)), np.full((8, 64), np.nan), np.ones((8, 3))):
        monkeypatch.setattr(FakeEncoder, "encode_images", lambda *_, wrong=wrong: wrong)
        with pytest.raises(EncoderError):
            collection.add(rainbow)
    assert len(collection) == 0
