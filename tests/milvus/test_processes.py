"""Several processes that use one collection on a server: what each sees, and when."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.errors import EncoderMismatch, SessionConflict, SessionNotFound
from firs.session import Session
from tests.collection.conftest import COLOURS, Photo, counts, names
from tests.fakes import FakeEncoder, other
from tests.milvus.fake_server import FakeMilvus
from tests.session.grounds import same


@pytest.fixture
def here(milvus: FakeMilvus, rainbow: Path) -> Iterator[Collection]:
    with Collection(milvus.url("photos", "here"), FakeEncoder()) as opened:
        opened.add(rainbow)
        yield opened


@pytest.fixture
def there(milvus: FakeMilvus, here: Collection) -> Iterator[Collection]:
    with Collection(milvus.url("photos", "there"), FakeEncoder()) as opened:
        assert len(opened) == len(opened.search("red", k=20)) == len(COLOURS)
        yield opened


def test_added_and_removed_images_are_visible_to_others_within_seconds(
    milvus: FakeMilvus, here: Collection, there: Collection, photos: Path, photo: Photo
) -> None:
    photo("pink.png", "pink")
    here.add(photos)
    here.remove(here.ids([photos / "red.png"]))
    assert here.search("pink", k=1)[0].path.name == "pink.png"
    milvus.clock.sleep(10)
    milvus.settle()
    assert there.search("pink", k=1)[0].path.name == "pink.png"
    assert "red.png" not in names(there)
    assert there.newest(0, 1)[0].path.name == "pink.png"


def test_a_writer_knows_recent_writes_of_others(
    here: Collection, there: Collection, photos: Path, photo: Photo
) -> None:
    photo("pink.png", "pink")
    assert counts(here.add(photos))["added"] == 1
    assert counts(there.add(photos)) == {"unchanged": len(COLOURS) + 1}
    here.tag(here.ids([photos / "pink.png"]), "mine")
    there.tag(there.ids([photos / "pink.png"]), "yours")
    assert set(there.image(there.ids([photos / "pink.png"])[0]).tags) == {"mine", "yours"}


def test_calibrations_and_expansions_are_used_by_others_within_seconds(
    milvus: FakeMilvus, here: Collection, there: Collection
) -> None:
    here.calibration.fit("everyday")
    here.index.choose("bin-flat")
    milvus.clock.sleep(10)
    milvus.settle()
    assert there.calibration.get() is not None
    assert there.index.kind() == "bin-flat"
    mine, yours = (each.search("red", k=8) for each in (here, there))
    assert mine.ids.tolist() == yours.ids.tolist()
    here.calibration.forget()
    here.index.choose(None)
    milvus.clock.sleep(10)
    milvus.settle()
    assert there.calibration.get() is None
    assert there.search("red", k=1)[0].path.name == "red.png"


def test_of_two_that_go_on_with_a_session_the_later_is_refused(
    here: Collection, there: Collection
) -> None:
    session = Session.start(here, "red")
    again = Session.open(there, session.id)
    known = names(here)
    session.mark(relevant=[known["red.png"]])
    with pytest.raises(SessionConflict):
        again.mark(relevant=[known["blue.png"]])
    assert again.refresh()
    again.mark(irrelevant=[known["blue.png"]])
    assert len(again.to_json()["events"]) == 2


def test_session_changes_are_visible_to_others_at_once(here: Collection, there: Collection) -> None:
    one = Session.start(here, "red")
    other = Session.open(there, one.id)
    known = names(here)
    steps: list[Callable[[Session], object]] = [
        lambda session: session.mark(relevant=[known["red.png"]]),
        lambda session: session.next(),
        lambda session: session.undo(),
        lambda session: session.mark(irrelevant=[known["blue.png"]]),
        lambda session: session.undo(),
        lambda session: session.undo(),
    ]
    for step in steps:
        step(one)
        assert other.refresh()
        same(other, one)
        assert not one.refresh()
        one, other = other, one
    here.sessions.forget(one.id)
    with pytest.raises(SessionNotFound):
        other.refresh()


def test_an_encoder_of_other_weights_is_refused_whoever_added_the_first(
    milvus: FakeMilvus, here: Collection, there: Collection, rainbow: Path
) -> None:
    with Collection(milvus.url("photos", "third"), other()) as third:
        third.add(rainbow)
    with (
        Collection(milvus.url("photos", "fourth"), FakeEncoder()) as fourth,
        pytest.raises(EncoderMismatch),
    ):
        fourth.import_vectors(FakeEncoder("other", "another"), {})
    milvus.clock.sleep(10)
    milvus.settle()
    assert [each.name for each in there.info().encoders] == ["fake", "other"]


def test_an_encoder_without_vectors_binds_no_one(milvus: FakeMilvus, here: Collection) -> None:
    """As after a kill between the collection of its vectors and the first of them."""
    image = next(iter(here))
    changed = FakeEncoder("other", "another")
    milvus.fail("upsert", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        here.import_vectors(other(), {image.path: np.ones(changed.dim)})
    assert here.import_vectors(changed, {image.path: np.ones(changed.dim)}) == 1
    fingerprints = {each.name: each.fingerprint for each in here.info().encoders}
    assert fingerprints["other"] == "another"
