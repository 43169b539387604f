"""Open sessions: the most recently used ones, each for one request at a time.

Every change of a session is stored in the collection before the response is sent, so a session that
was closed here, or by the end of the server, is restored unchanged. Another process that serves the
same collection may change a session or delete it: before each use it is compared with the stored
version, and new events are read.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from firs.session import Session
from firs.web.collection_registry import OpenCollection
from firs.web.problems import NotFound

_Key = tuple[str, str]


@dataclass(slots=True)
class _Open:
    """A session, or the place of one that is being opened; ``users`` have it or wait for it."""

    session: Session | None = None
    users: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class OpenSessions:
    """Cache of a limited number of open sessions, exceeded only while more are in use at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._open: OrderedDict[_Key, _Open] = OrderedDict()

    @contextmanager
    def use(self, opened: OpenCollection, id_: str) -> Iterator[Session]:
        """Borrow a session as it is stored by now; no other thread has it at the same time.

        After an error it is opened again when it is used next.

        Raises:
            SessionNotFound: the collection has no such session, or no longer.
            FirsError: it cannot be opened.
        """
        key = (opened.id, id_)
        place = self._borrow(key)
        try:
            with place.lock:
                yield from self._open_or_refresh(place, opened, id_)
        finally:
            self._give_back(key, place)

    def begin(self, opened: OpenCollection, make: Callable[[], Session]) -> Session:
        """Create a session and register it as open."""
        session = make()
        session.id = session.id or f"{_UNSAVED}{secrets.token_hex(6)}"
        with self._lock:
            self._open[opened.id, session.id] = _Open(session)
            self._close_some()
        return session

    def drop(self, opened: OpenCollection, id_: str) -> None:
        """Close a session."""
        with self._lock:
            self._open.pop((opened.id, id_), None)

    def _open_or_refresh(self, place: _Open, opened: OpenCollection, id_: str) -> Iterator[Session]:
        """Yield the session of a place, opened or brought up to date."""
        try:
            if place.session is None:
                place.session = Session.open(opened.collection, id_)
            else:
                place.session.refresh()
            yield place.session
        except NotFound:  # which is no reason to open it again
            raise
        except BaseException:
            if not id_.startswith(_UNSAVED):
                place.session = None
            raise

    def _borrow(self, key: _Key) -> _Open:
        with self._lock:
            place = self._open.setdefault(key, _Open())
            self._open.move_to_end(key)
            place.users += 1
            self._close_some()
            return place

    def _give_back(self, key: _Key, place: _Open) -> None:
        with self._lock:
            place.users -= 1
            is_empty = place.session is None and not place.users
            if is_empty and self._open.get(key) is place:
                del self._open[key]

    def _close_some(self) -> None:
        """Close the least recently used sessions that are not in use."""
        idle = [key for key, place in self._open.items() if not place.users]
        for key in idle[: max(0, len(self._open) - self._most)]:
            del self._open[key]


_UNSAVED = "unsaved-"
"""Begins the ids of sessions of collections that cannot be written to."""
