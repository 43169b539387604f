import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from firs.collection import Collection
from firs.collection.sessions import Journal, SessionStore
from firs.errors import SessionConflict, SessionNotFound
from firs.session import Session
from tests.collection.test_disks import alone
from tests.fakes import FakeEncoder
from tests.processes import launch
from tests.stores import sqlite_store

MARK, NEXT = {"kind": "mark", "relevant": [1, 2]}, {"kind": "next", "strength": 0.1}


@pytest.fixture
def store(collection: Collection) -> SessionStore:
    return collection.sessions


def test_what_was_saved_is_there(store: SessionStore) -> None:
    id_, _ = store.create({"words": 'a "dog"\u2028', "n": [1, None]}, [MARK, NEXT])
    document, events, _ = store.open(id_)
    assert document == {"words": 'a "dog"\u2028', "n": [1, None]}
    assert events == [MARK, NEXT]


def test_ids_are_easy_to_type_and_different(store: SessionStore) -> None:
    ids = {store.create({})[0] for _ in range(50)}
    assert len(ids) == 50
    assert all(id_.isalnum() and id_ == id_.lower() and len(id_) == 10 for id_ in ids)


def test_events_are_kept_in_their_order(store: SessionStore) -> None:
    id_, journal = store.create({})
    kept: Journal = journal
    for number in range(12):
        kept.append({"n": number})
    kept.pop()
    kept.append({"n": "last"})
    assert [event["n"] for event in store.open(id_)[1]] == [*range(11), "last"]


def test_one_that_is_opened_is_gone_on_with(store: SessionStore) -> None:
    id_, _ = store.create({}, [MARK])
    _, _, journal = store.open(id_)
    journal.append(NEXT)
    journal.pop()
    journal.pop()
    journal.append(NEXT)
    assert store.open(id_)[1] == [NEXT]


STEPS: list[Callable[[Journal], None]] = [lambda kept: kept.append(NEXT), lambda kept: kept.pop()]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("meanwhile", ["one more", "one less", "another", "both others"])
def test_who_knows_other_events_is_told(
    store: SessionStore, step: Callable[[Journal], None], meanwhile: str
) -> None:
    id_, one = store.create({}, [MARK, MARK])
    _, _, other = store.open(id_)
    for _ in range({"one more": 0, "one less": 1, "another": 1, "both others": 2}[meanwhile]):
        other.pop()
    for _ in range({"one more": 1, "one less": 0, "another": 1, "both others": 2}[meanwhile]):
        other.append(MARK)
    before = store.open(id_)[1]
    assert not one.is_current()
    with pytest.raises(SessionConflict, match="so this was not added to it"):
        step(one)
    assert store.open(id_)[1] == before
    assert other.is_current()
    step(other)
    assert other.is_current()


def succeeds(step: Callable[[Journal], None], journal: Journal) -> bool:
    try:
        step(journal)
    except SessionConflict:
        return False
    return True


@pytest.mark.parametrize("steps", list(itertools.product(STEPS, STEPS)))
def test_of_two_at_once_nothing_is_lost(
    store: SessionStore, steps: tuple[Callable[[Journal], None], ...]
) -> None:
    id_, one = store.create({}, [MARK])
    journals = one, store.open(id_)[2]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(succeeds, steps, journals))
    popped, appended = (
        sum(done for done, step in zip(done, steps, strict=True) if step is each)
        for each in reversed(STEPS)
    )
    events = store.open(id_)[1]
    assert events.count(NEXT) == appended
    assert events.count(MARK) == (0 if popped else 1)


def test_a_fork_is_a_session_of_its_own(store: SessionStore) -> None:
    id_, journal = store.create({"a": 1}, [MARK])
    other, kept = journal.fork({"a": 1}, [MARK])
    kept.append(NEXT)
    assert store.open(id_)[1] == [MARK]
    assert store.open(other)[1] == [MARK, NEXT]


def test_records_the_one_changed_last_first(store: SessionStore) -> None:
    (first, journal), (second, _) = store.create({"n": 1}, [MARK]), store.create({"n": 2})
    assert [record.id for record in store.records()] == [second, first]
    journal.append(NEXT)
    newest, older = store.records()
    assert (newest.id, newest.rounds, newest.document) == (first, 2, {"n": 1})
    assert (older.id, older.rounds) == (second, 1)
    assert older.created_at == older.changed_at
    assert newest.created_at < newest.changed_at
    assert datetime.now(UTC) - newest.changed_at < timedelta(minutes=5)


def test_one_that_is_forgotten_is_gone_with_its_events(store: SessionStore) -> None:
    id_, journal = store.create({}, [MARK])
    assert journal.is_current()
    store.forget(id_)
    assert store.records() == []
    assert not journal.is_current()
    for step in (
        lambda: store.open(id_),
        lambda: store.forget(id_),
        lambda: journal.append(MARK),
        lambda: journal.pop(),
    ):
        with pytest.raises(SessionNotFound, match=f"no session '{id_}'; it may have been deleted"):
            step()


def test_events_go_with_their_session(collection: Collection) -> None:
    store = collection.sessions
    store.forget(store.create({}, [MARK])[0])
    assert collection.store.documents.count("session") == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_hold_is_not_written(store: SessionStore, value: float) -> None:
    id_, journal = store.create({})
    with pytest.raises(ValueError, match="JSON"):
        journal.append({"strength": value})
    assert store.open(id_)[1] == []
    journal.append(MARK)


def test_marks_are_written_while_images_are_being_added(collection: Collection) -> None:
    id_, journal = collection.sessions.create({})
    with sqlite_store(collection).database.writing():
        journal.append(MARK)
    assert collection.sessions.open(id_)[1] == [MARK]


FULL = """
import subprocess, sys
from firs.collection import Collection
from firs.errors import StorageError
from firs.session import Session
from tests.fakes import FakeEncoder
disk, = sys.argv[1:]
with Collection(disk + "/photos/.firs", FakeEncoder(), create=False) as collection:
    talk = Session.start(collection, "red")
    talk.mark([1])
    talk.next()
    with open(disk + "/filler", "wb", buffering=0) as filler:
        try:
            while filler.write(bytes(1024)):
                pass
        except OSError:
            pass
    before = talk.to_json()
    told = set()
    for step in [lambda: talk.mark(irrelevant=[i % 8 + 1]), talk.next, talk.branch] * 200:
        i = len(talk.to_json()["events"])
        try:
            step()
            before = talk.to_json()
        except StorageError as error:
            told.add(str(error))
        assert talk.to_json() == before
    assert told, "the disk was not full"
    print(*told)
    assert Session.open(collection, talk.id).to_json() == before
    subprocess.run(["rm", disk + "/filler"], check=True)
    talk.mark([2])
    talk.next()
    assert Session.open(collection, talk.id).to_json() == talk.to_json()
"""


def test_a_full_disk_leaves_memory_and_disk_agreed(rainbow: Path, tmp_path: Path) -> None:
    with Collection(rainbow / ".firs", FakeEncoder()) as collection:
        collection.add(rainbow)
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f'mount -t tmpfs -o size=600k tmpfs "$1"\ncp -r "{rainbow}" "$1/photos"'
    assert "full. Free some space" in alone(mount, FULL, str(disk))


READ_ONLY = """
import sys
from firs.collection import Collection
from firs.errors import StorageError
from firs.session import Session
from tests.fakes import FakeEncoder
photos, id_ = sys.argv[1:]
with Collection(photos + "/.firs", FakeEncoder(), create=False) as collection:
    talk = Session.start(collection, "red")
    talk.mark([1])
    talk.next()
    print(talk.id, *talk.warnings)
    saved = Session.open(collection, id_)
    for step in (lambda: saved.mark([2]), saved.next, saved.undo):
        before = saved.to_json()
        try:
            step()
        except StorageError as error:
            print(error)
        assert saved.to_json() == before
"""


def test_a_read_only_disk_can_be_searched_in_rounds(rainbow: Path, tmp_path: Path) -> None:
    with Collection(rainbow / ".firs", FakeEncoder()) as collection:
        collection.add(rainbow)
        talk = Session.start(collection, "red")
        talk.mark([1])
    mount = 'mount --bind "$1" "$1"\nmount -o remount,bind,ro "$1"'
    told = alone(mount, READ_ONLY, str(rainbow), talk.id)
    assert told.count("so this session is not saved") == 1
    assert told.count("Make the file and its folder writable") == 3


MARKING = """
import json, sys
from firs.collection import Collection
from firs.session import Session
from tests.fakes import FakeEncoder
with Collection(sys.argv[1], FakeEncoder(), create=False) as collection:
    talk = Session.open(collection, sys.argv[2])
    for number in range(10_000):
        talk.mark([number % 8 + 1]) if number % 3 else talk.next("none", shown=2)
        print(json.dumps(talk.to_json()["events"]), flush=True)
"""


def test_kill_9_in_the_middle_of_marking_loses_no_mark(rainbow: Path) -> None:
    with Collection(rainbow / ".firs", FakeEncoder()) as collection:
        collection.add(rainbow)
        id_ = Session.start(collection, "red").id
    done: list[object] = []
    for enough in (4, 9):
        with launch(
            [sys.executable, "-c", MARKING, str(rainbow / ".firs"), id_],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            for _, line in zip(range(enough), process.stdout, strict=False):
                done = json.loads(line)
            process.kill()
        with Collection(rainbow / ".firs", FakeEncoder(), create=False) as collection:
            kept = json.loads(json.dumps(Session.open(collection, id_).to_json()["events"]))
            assert kept[: len(done)] == done
            assert len(done) >= enough
