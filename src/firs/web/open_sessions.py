"""Sessions that are open: the few used last, each for one request at a time.

Whatever is done in one is in the collection's database before the request is answered, so a
session that was put away here, or by the end of the server, is opened again as it was.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from firs.errors import InputError
from firs.session import Session
from firs.web.problems import NotFound
from firs.web.shelf import OpenCollection

_Key = tuple[str, str]


@dataclass(slots=True)
class _Open:
    """A session, or the place of one that is being opened; ``users`` have it or wait for it."""

    session: Session | None = None
    users: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class OpenSessions:
    """Keeps at most so many sessions open, and more only while more are used at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._open: OrderedDict[_Key, _Open] = OrderedDict()

    @contextmanager
    def use(self, held: OpenCollection, id_: str) -> Iterator[Session]:
        """Have one session for oneself; after an error it is opened anew when it is used next.

        Raises:
            Missing: the collection has no such session.
            FirsError: it cannot be opened.
        """
        key = (held.id, id_)
        place = self._borrow(key)
        try:
            with place.lock:
                if place.session is None:
                    place.session = _open(held, id_)
                yield place.session
        except BaseException:
            if not id_.startswith(_UNSAVED):
                self.drop(held, id_)
            raise
        finally:
            self._give_back(place)

    def begin(self, held: OpenCollection, make: Callable[[], Session]) -> Session:
        """Keep a session that was just begun."""
        session = make()
        session.id = session.id or f"{_UNSAVED}{secrets.token_hex(6)}"
        with self._lock:
            self._open[held.id, session.id] = _Open(session)
            self._put_away()
        return session

    def drop(self, held: OpenCollection, id_: str) -> None:
        """Put one away."""
        with self._lock:
            self._open.pop((held.id, id_), None)

    def _borrow(self, key: _Key) -> _Open:
        with self._lock:
            place = self._open.setdefault(key, _Open())
            self._open.move_to_end(key)
            place.users += 1
            self._put_away()
            return place

    def _give_back(self, place: _Open) -> None:
        with self._lock:
            place.users -= 1

    def _put_away(self) -> None:
        """Of those that nobody uses, close the ones used longest ago."""
        idle = [key for key, place in self._open.items() if not place.users]
        for key in idle[: max(0, len(self._open) - self._most)]:
            del self._open[key]


_UNSAVED = "unsaved-"
"""Begins the ids of sessions of collections that cannot be written to."""


def _open(held: OpenCollection, id_: str) -> Session:
    try:
        held.collection.sessions.open(id_)
    except InputError as error:
        raise NotFound(
            f"There is no session {id_!r} in this collection; it is forgotten."
        ) from error
    return Session.open(held.collection, id_)
