import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from firs.collection import Collection
from firs.errors import InputError, SessionConflict, SessionNotFound
from firs.session import Session
from firs.web.problems import NotFound
from firs.web.registries import CollectionRegistry, OpenCollection, OpenSessions
from tests.waiting import wait_until


@pytest.fixture
def opened(scenes: Path) -> Iterator[OpenCollection]:
    with closing(CollectionRegistry()) as shelf:
        yield shelf.put(scenes / ".firs")


@pytest.fixture
def open_sessions() -> OpenSessions:
    return OpenSessions(most=2)


def begin(open_sessions: OpenSessions, opened: OpenCollection, words: str = "a red train") -> str:
    return open_sessions.begin(opened, lambda: Session.start(opened.collection, words)).id


def test_session_stays_open(open_sessions: OpenSessions, opened: OpenCollection) -> None:
    id_ = begin(open_sessions, opened)
    with (
        open_sessions.use(opened, id_) as first,
        open_sessions.use(opened, begin(open_sessions, opened)),
    ):
        assert first.id == id_
    with open_sessions.use(opened, id_) as again:
        assert again is first


def test_least_recently_used_sessions_are_restored(
    open_sessions: OpenSessions, opened: OpenCollection
) -> None:
    id_ = begin(open_sessions, opened)
    with open_sessions.use(opened, id_) as session:
        session.mark(relevant=[3])
        session.next()
        ids = [each.hit.id for each in session.round.results()]
    for words in ("a boat", "a dog", "a house"):
        begin(open_sessions, opened, words)
    with open_sessions.use(opened, id_) as again:
        assert again is not session
        assert [each.hit.id for each in again.round.results()] == ids
        assert again.rounds[0].marks.relevant == (3,)


def test_session_in_use_is_not_closed(open_sessions: OpenSessions, opened: OpenCollection) -> None:
    id_ = begin(open_sessions, opened)
    with open_sessions.use(opened, id_) as session:
        for words in ("a boat", "a dog", "a house"):
            begin(open_sessions, opened, words)
        assert open_sessions._open[opened.id, id_].session is session
    assert len(open_sessions._open) <= 3


def test_one_request_at_a_time(open_sessions: OpenSessions, opened: OpenCollection) -> None:
    id_, inside, most = begin(open_sessions, opened), 0, 0
    counting = threading.Lock()

    def step(_: int) -> None:
        nonlocal inside, most
        with open_sessions.use(opened, id_) as session:
            with counting:
                inside += 1
                most = max(most, inside)
            session.next("none", shown=1)
            with counting:
                inside -= 1

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(step, range(12)))
    with open_sessions.use(opened, id_) as session:
        assert (most, len(session.rounds)) == (1, 13)


def test_changes_of_another_process_are_loaded_first(
    open_sessions: OpenSessions, opened: OpenCollection
) -> None:
    id_ = begin(open_sessions, opened)
    elsewhere = Session.open(opened.collection, id_)
    elsewhere.mark(relevant=[5])
    with open_sessions.use(opened, id_) as session:
        assert session.rounds[0].marks.relevant == (5,)
        session.next()
    elsewhere.refresh()
    elsewhere.undo()
    with open_sessions.use(opened, id_) as again:
        assert again is session
        assert len(again.rounds) == 1


def test_session_is_reloaded_after_a_conflict(
    open_sessions: OpenSessions, opened: OpenCollection
) -> None:
    id_ = begin(open_sessions, opened)
    marked: list[Session] = []

    def mark() -> None:
        with open_sessions.use(opened, id_) as session:
            marked.append(session)
            Session.open(opened.collection, id_).mark(relevant=[5])
            session.mark(relevant=[6])

    with pytest.raises(SessionConflict):
        mark()
    with open_sessions.use(opened, id_) as again:
        assert again not in marked
        assert again.rounds[0].marks.relevant == (5,)
        again.mark(relevant=[6])


def test_waiters_after_an_error_share_the_reloaded_session(
    open_sessions: OpenSessions, opened: OpenCollection
) -> None:
    id_ = begin(open_sessions, opened)
    used: list[Session] = []
    failed: list[Session] = []
    waiting: list[Future[None]] = []

    def use() -> None:
        with open_sessions.use(opened, id_) as session:
            used.append(session)

    def fail() -> None:
        with open_sessions.use(opened, id_) as session:
            failed.append(session)
            waiting.extend(pool.submit(use) for _ in range(2))
            wait_until(lambda: open_sessions._open[opened.id, id_].users == 3, "two wait")
            session.mark(relevant=[99_999])

    with ThreadPoolExecutor(2) as pool, pytest.raises(InputError):
        fail()
    for each in waiting:
        each.result()
    use()
    assert failed[0] not in used
    assert len(set(map(id, used))) == 1


def test_unknown_round_does_not_reload_the_session(
    open_sessions: OpenSessions, opened: OpenCollection
) -> None:
    id_ = begin(open_sessions, opened)
    with pytest.raises(NotFound), open_sessions.use(opened, id_) as session:
        raise NotFound("round 7")
    with open_sessions.use(opened, id_) as again:
        assert again is session


def test_unknown_session_is_not_found(open_sessions: OpenSessions, opened: OpenCollection) -> None:
    with pytest.raises(SessionNotFound, match="'none'"), open_sessions.use(opened, "none"):
        pass
    assert not open_sessions._open


def test_session_deleted_elsewhere_is_not_found(
    open_sessions: OpenSessions, opened: OpenCollection
) -> None:
    id_ = begin(open_sessions, opened)
    opened.collection.sessions.forget(id_)
    with pytest.raises(SessionNotFound), open_sessions.use(opened, id_):
        pass
    assert not open_sessions._open


def test_unsaved_session_stays_open_while_it_is_used(
    open_sessions: OpenSessions, opened: OpenCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Collection, "is_writable", False)
    id_ = begin(open_sessions, opened)
    assert id_.startswith("unsaved-")
    with open_sessions.use(opened, id_) as session:
        assert "not saved" in session.warnings[0]
        session.mark(relevant=[3])
    with pytest.raises(InputError), open_sessions.use(opened, id_) as session:
        session.mark(relevant=[99_999])
    with open_sessions.use(opened, id_) as again:
        assert again.rounds[0].marks.relevant == (3,)
    assert opened.collection.sessions.records() == []
