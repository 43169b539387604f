import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import firs
from firs.collection import Collection
from firs.errors import (
    EncoderMismatch,
    FirsError,
    ImageError,
    InputError,
    SessionConflict,
    SessionNotFound,
    StorageError,
)
from firs.query import Query, like, text
from firs.session import Marks, Session
from firs.session.history import UnsavedJournal
from tests.fakes import FakeEncoder
from tests.imaging.making import plain
from tests.session.grounds import ids, same, session
from tests.session.test_events import ANYTHING


class Unopened(FakeEncoder):
    """An encoder that is never to encode."""

    def encode_images(self, images):  # type: ignore[no-untyped-def]
        raise AssertionError("no picture is to be encoded")

    def encode_texts(self, texts):  # type: ignore[no-untyped-def]
        raise AssertionError("no text is to be encoded")


def played(
    collection: Collection, query: str | Query = "red", way: str = "early-fusion"
) -> Session:
    """A session with a bit of everything."""
    talk = Session.start(collection, query, strategy=way)
    first = ids(talk.round)
    talk.mark(relevant=first[1:3], irrelevant=[first[0]])
    talk.next(shown=10)
    talk.mark(found=ids(talk.round)[2])
    talk.next("bayes", 2.0, shown=7, again=False)
    talk.go(1)
    talk.mark(clear=[first[0]], irrelevant=[first[5]])
    talk.next("classifier", 0.5)
    talk.next("softmax")
    talk.next("pseudo")
    return talk


def test_a_query_and_its_rounds(collection: Collection) -> None:
    talk = firs.Session.start(collection, "red")
    assert str(talk.query) == '"red"'
    assert talk.round.summary == "the query alone"
    first = talk.round.results(0, 5)
    assert [each.hit.id for each in first] == collection.search("red", k=5).ids.tolist()
    assert first[0].hit.path.is_file()
    assert talk.mark(relevant=[first[2].hit.id]) == Marks((first[2].hit.id,))
    made = talk.next()
    assert (talk.round, made.number, made.method, made.shown) == (made, 1, "auto", 5)
    [ticked] = [each for each in made.results() if each.mark]
    assert ticked.hit.id == first[2].hit.id
    assert ticked.hit.rank <= 3 == ticked.previous_rank
    assert talk.rounds == (talk.rounds[0], made)
    assert repr(talk) == f'<Session {talk.id}: "red", at round 1 of 0 to 1>'


def test_without_having_read_a_page_is_looked_at() -> None:
    assert session().next("none").shown == 20
    assert session(7).next("none").shown == 7


def picture() -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (40, 40), "navy").save(held, "PNG")
    return held.getvalue()


@pytest.mark.parametrize(
    "query",
    [
        text("red"),
        like(3),
        text("red") - text("green"),
        text("blue") + like(4) + like(picture(), "some.png"),
    ],
)
@pytest.mark.parametrize("way", ["early-fusion", "late-fusion"])
def test_opened_again_it_is_the_same_to_the_last_bit_without_an_encoder(
    collection: Collection, photos: Path, query: Query, way: str
) -> None:
    talk = played(collection, query, way)
    results = [each.results() for each in talk.rounds]
    collection.close()
    with Collection(photos / ".firs", Unopened(), create=False) as other:
        opened = Session.open(other, talk.id)
        same(opened, talk)
        assert (opened.warnings, opened.id, str(opened.query)) == ((), talk.id, str(query))
        assert [each.results() for each in opened.rounds] == results


ELSEWHERE = """
import hashlib, json, sys
from firs.collection import Collection
from firs.session import Session
from tests.fakes import FakeEncoder
from tests.imaging.making import plain
folder, id_, document = sys.argv[1:]
with Collection(folder, FakeEncoder(), create=False) as collection:
    for talk in (Session.open(collection, id_), Session.replay(collection, json.loads(document))):
        print([hashlib.sha256(each.scores.tobytes()).hexdigest() for each in talk.rounds])
        print(talk.round.number, [each.marks for each in talk.rounds], talk.warnings)
"""


def test_another_process_finds_the_same_to_the_last_bit(
    collection: Collection, photos: Path
) -> None:
    talk = played(collection, text("red") - text("green"))
    document = json.dumps(talk.to_json())
    told = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(photos / ".firs"), talk.id, document],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    scores = str([hashlib.sha256(each.scores.tobytes()).hexdigest() for each in talk.rounds])
    marks = f"{talk.round.number} {[each.marks for each in talk.rounds]} ()"
    assert told == [scores, marks, scores, marks]


def test_replayed_it_is_another_session_and_the_same(collection: Collection) -> None:
    talk = played(collection)
    document = json.loads(json.dumps(talk.to_json(), allow_nan=False))
    again = Session.replay(collection, document)
    same(again, talk)
    assert again.id != talk.id
    assert again.warnings == ()
    same(Session.open(collection, again.id), talk)
    assert again.to_json() | {"id": ""} == talk.to_json() | {"id": ""}


def test_what_is_done_is_saved_before_a_call_returns(collection: Collection) -> None:
    talk = Session.start(collection, "red")
    steps: list[Callable[[], object]] = [
        lambda: talk.mark(relevant=[1]),
        lambda: talk.next("rocchio"),
        lambda: talk.mark(irrelevant=[2], found=3),
        lambda: talk.undo(),
        lambda: talk.mark([4], round=0),
        lambda: talk.next("none", round=0),
        lambda: talk.undo(),
    ]
    for step in steps:
        step()
        same(Session.open(collection, talk.id), talk)


def test_ids_and_numbers_may_be_numpys(collection: Collection) -> None:
    talk = Session.start(collection, "red")
    some = np.array([3, 4, 5], dtype=np.int64)
    talk.mark(some[:1], some[1:2], found=some[2])
    talk.next(shown=np.int64(4), strength=np.float32(0.5), again=np.True_)  # type: ignore[arg-type]
    same(Session.open(collection, talk.id), talk)
    assert talk.rounds[0].marks == Marks((3,), (4,), 5)


class Failing(UnsavedJournal):
    """A disk that is full whenever it is said to be."""

    full = False

    def append(self, event):  # type: ignore[no-untyped-def]
        if self.full:
            raise StorageError("full")

    def pop(self) -> None:
        if self.full:
            raise StorageError("full")


@pytest.mark.parametrize(
    "step",
    [
        lambda talk: talk.mark(relevant=[9]),
        lambda talk: talk.mark(relevant=[9], round=2),
        lambda talk: talk.next("rocchio"),
        lambda talk: talk.next("rocchio", round=2),
        lambda talk: talk.undo(),
    ],
)
def test_what_cannot_be_written_down_did_not_happen(step: Callable[[Session], object]) -> None:
    journal = Failing()
    talk = Session(session()._context, journal)
    talk.mark(relevant=ids(talk.round, 2))
    talk.next()
    talk.next()
    talk.go(1)
    before = (talk.to_json(), talk.rounds, [each.marks for each in talk.rounds], talk.round)
    journal.full = True
    with pytest.raises(StorageError):
        step(talk)
    assert before == (talk.to_json(), talk.rounds, [each.marks for each in talk.rounds], talk.round)
    journal.full = False
    step(talk)
    same(Session(talk._context, events=talk._history.events), talk)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (lambda talk: talk.mark(relevant=[99]), "no image with the id 99"),
        (lambda talk: talk.mark(clear=[99]), "no image with the id 99"),
        (lambda talk: talk.mark(found=0), "no image with the id 0"),
        (lambda talk: talk.mark(relevant=[2**70]), f"no image with the id {2**70}"),
        (lambda talk: talk.mark([3], [3]), "two things at once"),
        (lambda talk: talk.mark([3], round=5), "has no round 5; its rounds are 0 to 1"),
        (lambda talk: talk.mark([3], round=-1), "has no round -1"),
        (lambda talk: talk.next("wish"), "no feedback called 'wish'"),
        (lambda talk: talk.next(strength=float("nan")), "strength of feedback is from 0 to 10"),
        (lambda talk: talk.next(shown=-1), "saw 0 images or more"),
        (lambda talk: talk.next(shown=2**64), "saw 0 images or more"),
        (lambda talk: talk.next(round=7), "has no round 7"),
        (lambda talk: talk.go(7), "has no round 7"),
        (lambda talk: talk.branch(7), "has no round 7"),
        (lambda talk: talk.compare(0, 7), "has no round 7"),
        (lambda talk: talk.compare(0, 1, k=0), "compared over 1 result or more, not 0"),
    ],
)
def test_what_cannot_be_meant_changes_nothing(
    collection: Collection, step: Callable[[Session], object], told: str
) -> None:
    talk = Session.start(collection, "red")
    talk.mark([1])
    talk.next()
    before = talk.to_json()
    with pytest.raises(InputError, match=told):
        step(talk)
    assert talk.to_json() == before
    same(Session.open(collection, talk.id), talk)


def test_no_marks_are_no_event() -> None:
    talk = session()
    assert talk.mark() == Marks()
    assert not talk.can_undo
    assert not talk.undo()


def test_undo_is_the_way_back_and_says_when_there_is_none(collection: Collection) -> None:
    talk = played(collection)
    count = len(talk.to_json()["events"])
    for _ in range(count):
        assert talk.can_undo
        assert talk.undo()
    assert not talk.undo()
    same(talk, Session.start(collection, "red"))
    assert Session.open(collection, talk.id).to_json()["events"] == []


def test_undo_goes_where_the_last_thing_was_done() -> None:
    talk = session()
    talk.mark(relevant=[3])
    talk.next()
    talk.mark(relevant=[4])
    talk.go(0)
    assert talk.undo()
    assert talk.round.number == 1
    talk.go(0)
    assert talk.undo()
    assert (talk.round.number, len(talk.rounds), talk.round.marks) == (0, 1, Marks((3,)))


def test_undo_after_going_back_takes_the_newest() -> None:
    talk = session()
    talk.next("none")
    talk.go(0)
    talk.mark(relevant=[3])
    talk.next("rocchio")
    assert [each.parent and each.parent.number for each in talk.rounds] == [None, 0, 0]
    talk.undo()
    assert (talk.round.number, len(talk.rounds)) == (0, 2)
    talk.undo()
    talk.undo()
    assert (len(talk.rounds), talk.can_undo) == (1, False)


def test_marks_may_change_on_a_round_that_was_gone_on_from() -> None:
    talk = session()
    one, two = ids(talk.round, 2)
    talk.mark(relevant=[one])
    old = talk.next("rocchio")
    scores = old.scores.copy()
    talk.mark(relevant=[two], clear=[one], round=0)
    np.testing.assert_array_equal(old.scores, scores)
    new = talk.next("rocchio", round=0)
    fresh = session()
    fresh.mark(relevant=[two])
    np.testing.assert_array_equal(new.scores, fresh.next("rocchio").scores)
    same(Session(talk._context, events=talk._history.events), talk)


def test_going_is_no_event() -> None:
    talk = session()
    talk.next()
    assert talk.go(0) is talk.rounds[0]
    assert len(talk.to_json()["events"]) == 1


def test_a_branch_has_the_rounds_that_led_to_one(collection: Collection) -> None:
    talk = played(collection)
    branch = talk.branch(3)
    assert branch.id not in ("", talk.id)
    assert [each.method for each in branch.rounds] == ["search", "auto", "classifier"]
    for one, other in zip(branch.rounds, talk.rounds[3].path, strict=True):
        np.testing.assert_array_equal(one.scores, other.scores)
        assert one.marks == other.marks
    same(Session.open(collection, branch.id), branch)


def test_a_branch_and_what_it_came_from_go_their_own_ways(collection: Collection) -> None:
    talk = played(collection)
    before = talk.to_json()
    branch = talk.branch()
    branch.mark(relevant=[7])
    branch.next()
    assert talk.to_json() == before
    talk.mark(relevant=[8])
    same(Session.open(collection, branch.id), branch)
    same(Session.open(collection, talk.id), talk)


def test_a_branch_of_an_abandoned_round() -> None:
    talk = session()
    talk.mark([3])
    talk.next("rocchio")
    talk.mark([4])
    talk.next("bayes", round=0)
    branch = talk.branch(1)
    assert [each.method for each in branch.rounds] == ["search", "rocchio"]
    assert [each.marks for each in branch.rounds] == [Marks((3,)), Marks((4,))]


def test_rounds_are_compared() -> None:
    talk = session()
    talk.mark(irrelevant=[ids(talk.round)[0]])
    talk.next("rocchio")
    told = talk.compare(0, 1, k=10)
    assert ids(talk.rounds[0])[0] in [each.id for each in told.left]
    here = {each.id for each in (*told.rose, *told.fell, *told.came)}
    assert here <= set(ids(talk.round, 10))


def test_a_file_that_was_shown_may_go(collection: Collection, tmp_path: Path) -> None:
    file = tmp_path / "like.png"
    Image.new("RGB", (60, 60), "red").save(file)
    talk = Session.start(collection, like(file))
    file.unlink()
    talk.next()
    assert talk.branch().id
    same(Session.replay(collection, talk.to_json()), talk)


def test_images_that_came_are_found_when_it_is_opened_again(
    collection: Collection, photos: Path
) -> None:
    talk = played(collection)
    before = ids(talk.rounds[0], 40)
    Image.new("RGB", (8, 8), (250, 5, 5)).save(photos / "new.png")
    collection.add(photos)
    assert ids(talk.rounds[0], 40) == before
    talk.next("none")
    opened = Session.open(collection, talk.id)
    assert opened.warnings == (
        "The collection has changed since this session was begun (32 images then, 33 now), so its "
        "rounds may come out differently.",
    )
    assert len(opened.rounds[0]) == 33
    assert opened.branch().warnings == opened.warnings


def test_marked_images_that_are_gone_are_left_out_and_told_of(collection: Collection) -> None:
    talk = Session.start(collection, like(5))
    one, two, three = ids(talk.round, 3)
    talk.mark([one], [two], found=three)
    talk.next()
    collection.remove([one, two, 5] if 5 not in (one, two, three) else [one, two])
    left_out = [each.hit.id for each in talk.round.results()]
    assert one not in left_out
    opened = Session.open(collection, talk.id)
    assert opened.warnings[1] == "2 marked images are no longer in the collection and left out."
    assert opened.rounds[0].marks == Marks(found=three)
    assert opened.round.results()
    opened.mark(relevant=[ids(opened.round)[3]])
    assert opened.next("rocchio").results()
    collection.remove([three])
    again = Session.open(collection, talk.id)
    assert again.warnings[1].startswith("3 marked images are no longer")
    assert again.to_json()["events"] == opened.to_json()["events"]
    while again.undo():
        pass
    assert len(again.warnings) == 1


def test_a_step_that_can_no_longer_be_taken_does_not_keep_it_shut(collection: Collection) -> None:
    talk = Session.start(collection, "red")
    talk.next("pseudo")
    talk.mark(relevant=ids(talk.round, 1))
    talk.next()
    collection.remove(ids(talk.rounds[0], 40)[4:])
    opened = Session.open(collection, talk.id)
    assert opened.rounds[1].summary.startswith("pseudo could not be done again")
    assert len(opened.rounds) == 3


def test_all_images_but_one_are_gone(collection: Collection) -> None:
    talk = played(collection)
    keep = ids(talk.rounds[0])[-1]
    collection.remove([image.id for image in collection if image.id != keep])
    opened = Session.open(collection, talk.id)
    assert [each.hit.id for each in opened.rounds[0].results()] == [keep]
    opened.mark([keep])
    assert len(opened.next()) == 1


def test_vectors_of_other_weights(collection: Collection, photos: Path, tmp_path: Path) -> None:
    document = played(collection).to_json()
    other = FakeEncoder(fingerprint="other")
    with Collection(tmp_path / "other", other) as made:
        made.add(photos)
        with pytest.raises(EncoderMismatch, match="begun with other weights of 'fake'"):
            Session.replay(made, document)
        assert made.sessions.records() == []


def test_an_encoder_that_was_removed(collection: Collection, photos: Path) -> None:
    talk = played(collection)
    collection.close()
    with Collection(photos / ".firs", FakeEncoder("second")) as two:
        two.add(photos)
        two.forget_vectors("fake")
        with pytest.raises(InputError, match=r"no vectors of 'fake', only of: second\. Add them"):
            Session.open(two, talk.id)
    with Collection(photos / ".firs", FakeEncoder()) as again:
        again.add(photos)
        assert len(Session.open(again, talk.id).rounds) == len(talk.rounds)


def test_the_collection_may_be_opened_with_another_encoder(
    collection: Collection, photos: Path
) -> None:
    talk = played(collection, text("red") - text("green"))
    collection.close()
    with Collection(photos / ".firs", FakeEncoder("second")) as two:
        two.add(photos)
        same(Session.open(two, talk.id), talk)


def test_two_who_go_on_with_one_session(collection: Collection) -> None:
    one = played(collection)
    other = Session.open(collection, one.id)
    one.mark(relevant=[7])
    for step in (lambda: other.mark(relevant=[8]), other.next, other.undo):
        before = other.to_json()
        with pytest.raises(SessionConflict, match="Open it again"):
            step()
        assert other.to_json() == before
    same(Session.open(collection, one.id), one)


def test_one_takes_back_and_does_another_thing_instead(collection: Collection) -> None:
    one = Session.start(collection, "red")
    one.mark(relevant=[7])
    other = Session.open(collection, one.id)
    other.undo()
    other.mark(relevant=[7])
    with pytest.raises(SessionConflict):
        one.next()
    same(Session.open(collection, one.id), other)


def test_what_was_done_elsewhere_is_taken_in(collection: Collection) -> None:
    one = played(collection)
    other = Session.open(collection, one.id)
    steps: list[Callable[[], object]] = [
        lambda: other.mark(relevant=[7]),
        lambda: other.next("rocchio"),
        lambda: (other.undo(), other.undo(), other.undo()),
        lambda: (other.undo(), other.mark(irrelevant=[9], round=1), other.next("bayes")),
    ]
    for step in steps:
        step()
        assert one.refresh()
        same(one, other)
        assert not one.refresh()
        assert not other.refresh()
    one.mark(relevant=[3])
    assert other.refresh()
    same(other, one)


def test_rounds_that_are_the_same_are_not_made_again(collection: Collection) -> None:
    one = played(collection)
    rounds = one.rounds
    Session.open(collection, one.id).next()
    assert one.refresh()
    assert [a is b for a, b in zip(one.rounds, rounds, strict=False)] == [True] * len(rounds)


def test_images_that_came_are_found_once_another_marks_one(
    collection: Collection, photos: Path
) -> None:
    one = played(collection)
    plain("rgb(250,0,0)").save(photos / "new.png")
    collection.add(photos)
    [new] = collection.ids([photos / "new.png"])
    other = Session.open(collection, one.id)
    other.mark(relevant=[new])
    other.next()
    assert one.refresh()
    same(one, other)
    assert one.warnings == other.warnings
    assert "32 images then, 33 now" in one.warnings[0]


def test_nothing_is_taken_in_of_a_session_that_was_deleted(collection: Collection) -> None:
    talk = played(collection)
    collection.sessions.forget(talk.id)
    with pytest.raises(SessionNotFound):
        talk.refresh()


def test_one_that_is_not_saved_is_current() -> None:
    assert not session().refresh()


def test_a_session_that_was_deleted_in_the_meantime(collection: Collection) -> None:
    talk = played(collection)
    collection.sessions.forget(talk.id)
    with pytest.raises(SessionNotFound, match="may have been deleted"):
        talk.mark(relevant=[3])
    with pytest.raises(SessionNotFound, match="may have been deleted"):
        Session.open(collection, talk.id)
    assert talk.branch().id


def test_a_collection_that_cannot_be_written_to(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Collection, "is_writable", False)
    talk = played(collection)
    assert talk.id == ""
    assert talk.warnings == ("The collection cannot be written to, so this session is not saved.",)
    assert talk.undo()
    assert talk.branch().id == ""
    same(Session.replay(collection, talk.to_json()), talk)
    assert collection.sessions.records() == []
    assert talk.trec_run().startswith("q.0 Q0 ")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (" ", "query is empty"),
        (-text("red"), "only says what not to find"),
        (text("red") - 4 * text("red"), "cancel out"),
        (like(999), "no image with the id 999"),
    ],
)
def test_a_query_that_cannot_be_meant_starts_nothing(
    collection: Collection, query: str | Query, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        Session.start(collection, query)
    assert collection.sessions.records() == []


def test_a_picture_that_cannot_be_read_starts_nothing(collection: Collection) -> None:
    with pytest.raises(ImageError):
        Session.start(collection, like(b"no picture"))
    assert collection.sessions.records() == []


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Collection, dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("fuzzed")
    for red in range(0, 250, 25):
        Image.new("RGB", (8, 8), (red, 90, 200)).save(folder / f"{red}.png")
    with Collection(folder / ".firs", FakeEncoder()) as collection:
        collection.add(folder)
        query = text("red") - text("green") + like(3)
        yield collection, json.loads(json.dumps(played(collection, query).to_json()))


def places_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to everything inside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = [(*path, key) for key, _ in inner]
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inner:
        if isinstance(each, dict | list):
            found += places_in(each, (*path, key))
    return found


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), value=ANYTHING, drop=st.booleans())
def test_garbage_is_a_clear_error(
    fuzzed: tuple[Collection, dict[str, Any]], data: st.DataObject, value: object, drop: bool
) -> None:
    collection, document = fuzzed
    broken = deepcopy(document)
    *way, last = data.draw(st.sampled_from(places_in(broken)))
    inside = broken
    for key in way:
        inside = inside[key]
    if drop:
        del inside[last]
    else:
        inside[last] = value
    with suppress(FirsError):
        talk = Session.replay(collection, broken)
        same(Session.open(collection, talk.id), talk)
        collection.sessions.forget(talk.id)


@given(document=ANYTHING)
def test_anything_is_no_session(fuzzed: tuple[Collection, dict[str, Any]], document: Any) -> None:
    with pytest.raises(InputError, match="no session that QT-FIRS wrote"):
        Session.replay(fuzzed[0], document)


def test_images_that_were_never_there_are_left_out_of_a_replay(collection: Collection) -> None:
    document = played(collection).to_json()
    document["events"][0]["relevant"] = (1, 4711, 4712)
    again = Session.replay(collection, document)
    assert again.rounds[0].marks.relevant == (1,)
    assert again.warnings == ("2 marked images are no longer in the collection and left out.",)


def test_real_vectors(shared_data: Path) -> None:
    """The person's words for a photo, and the page's nearest photo ticked, round after round."""
    from firs.feedback import CentredEmbeddings
    from firs.search import EmbeddingMatrix
    from firs.session.context import SearchContext

    told = np.load(shared_data / "clip_vitb32" / "flickr8k.npz")
    images = CentredEmbeddings(EmbeddingMatrix(np.arange(1077), told["image_vectors"]))
    place = {name: at for at, name in enumerate(told["image_ids"].tolist())}
    before, after = [], []
    for caption in range(0, 500, 25):
        vector = told["caption_vectors"][caption]
        meant = place[told["caption_image_ids"][caption].tolist()]
        first = images.table.scores(vector[np.newaxis])[:, 0]
        ground = SearchContext(
            images, lambda ids: {}, text("a"), "early-fusion", vector, first, "clip", "", 0
        )
        talk = Session(ground)
        before.append(talk.round.ranks([meant])[0] or 0)
        for _ in range(3):
            page = talk.round.places(0, 10)
            if meant in page:
                break
            near = told["image_vectors"][page] @ told["image_vectors"][meant]
            talk.mark(relevant=[int(page[near.argmax()])])
            talk.next(shown=10)
        after.append(talk.round.ranks([meant])[0] or 0)
        same(Session(ground, events=talk._history.events), talk)
    assert sum(rank <= 10 for rank in after) > sum(rank <= 10 for rank in before)
    assert np.mean(after) < np.mean(before)
