"""The state of a server: its open collections and sessions by their ids, and how routes get them.

Every change of a session is stored in the collection before the response is sent, so a session that
was closed here, or by the end of the server, is restored unchanged. Another process that serves the
same collection may change a session or delete it: before each use it is compared with the stored
version, and new events are read.
"""

import hashlib
import json
import logging
import os
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from fastapi import Depends
from fastapi import Path as PathParameter
from starlette.requests import Request

from firs.collection import Collection
from firs.errors import CollectionError, CollectionNotFound, MissingExtra, ServerDown, ServerStalled
from firs.milvus.address import Address
from firs.session import Session
from firs.sources.paths import readable, real
from firs.storage.paths import FOLDER_NAME, Place, place
from firs.web.image_files import THUMBNAILS, Thumbnails
from firs.web.jobs import Jobs
from firs.web.problems import NotFound
from firs.web.server import Settings

if TYPE_CHECKING:
    from firs.web.uploads import UploadStore

_log = logging.getLogger(__name__)

AWAIT_SECONDS = 5.0
"""Seconds between attempts to open a collection whose server is not available."""
_UNAVAILABLE = ServerDown, ServerStalled


@dataclass(frozen=True, slots=True)
class OpenCollection:
    """An open collection, its id for URLs, and the name that people see."""

    id: str
    name: str
    collection: Collection
    thumbnails: Thumbnails

    def require_encoder(self, name: str | None) -> None:
        """Make sure that the collection has embeddings of an encoder, if one is named.

        Raises:
            InputError: it has none.
        """
        if name:
            self.collection.require_vectors(name)

    def close(self) -> None:
        """Close the collection and its thumbnails."""
        self.collection.close()
        self.thumbnails.close()


class CollectionRegistry:
    """Open collections; the same folder or address has the same id in every run.

    Args:
        memory: a file with the locations of collections that were :meth:`put` with ``remember``.
        cache: a folder for thumbnails of collections without a writable folder.
    """

    def __init__(self, memory: Path | None = None, cache: Path | None = None) -> None:
        self._memory = memory
        self._cache = cache
        self._open: dict[str, OpenCollection] = {}
        self._awaited: dict[str, tuple[str, CollectionError]] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._waiting: threading.Thread | None = None

    def __iter__(self) -> Iterator[OpenCollection]:
        return iter(list(self._open.values()))

    def get(self, id_: str) -> OpenCollection:
        """Return one collection.

        Raises:
            NotFound: no collection has this id.
            CollectionError: its server is not available yet.
        """
        opened = self._open.get(id_)
        if opened is not None:
            return opened
        if id_ in self._awaited:
            raise self._awaited[id_][1]
        raise NotFound(f"There is no collection {id_!r} here. GET /api/v1/collections lists them.")

    @contextmanager
    def limit_wait(self) -> Iterator[None]:
        """Limit the total time that calls inside wait for the servers of all collections."""
        with ExitStack() as limits:
            for opened in self:
                limits.enter_context(opened.collection.limit_wait())
            yield

    def put(self, where: Place, *, create: bool = False, remember: bool = False) -> OpenCollection:
        """Open the collection in a folder or on a server, unless it is open already.

        Raises:
            CollectionError: there is none, or it cannot be opened or created.
        """
        with self._lock:
            id_ = collection_id(where)
            if id_ not in self._open:
                self._open[id_] = self._load(id_, where, create=create)
            opened = self._open[id_]
            if remember:
                self._change_memory(lambda known: [*known, opened.collection.location])
            return opened

    def put_or_await(self, where: Place) -> None:
        """Open a collection; one on a server that is not available is opened as soon as it is.

        So a page can be started before the server, and before anything is indexed.

        Raises:
            CollectionError: it cannot be opened, and waiting would not help.
        """
        try:
            self.put(where)
        except (CollectionNotFound, *_UNAVAILABLE) as error:
            if isinstance(where, Path):
                raise
            self._await(where, error)

    def drop(self, id_: str) -> None:
        """Close a collection and forget it; its folder stays as it is."""
        with self._lock:
            opened = self._open.pop(id_, None)
            if opened is not None:
                opened.close()
                location = opened.collection.location
                self._change_memory(lambda known: [each for each in known if each != location])

    def recall(self) -> None:
        """Open the remembered collections, now or when their server is back; skip missing ones."""
        for location in self._load_remembered():
            try:
                self.put(place(location))
            except _UNAVAILABLE as error:
                self._await(location, error)
            except (CollectionError, MissingExtra):
                continue

    def close(self) -> None:
        """Close all collections."""
        with self._lock:
            self._closing.set()
        while self._open:
            self._open.popitem()[1].close()

    def _await(self, address: str, error: CollectionError) -> None:
        _log.warning("Not available yet, but shown as soon as it is: %s", error)
        self._awaited[collection_id(address)] = address, error
        if self._waiting is None:
            self._waiting = threading.Thread(target=self._open_awaited, daemon=True)
            self._waiting.start()

    def _open_awaited(self) -> None:
        while self._awaited and not self._closing.wait(AWAIT_SECONDS):
            for id_, (address, _) in list(self._awaited.items()):
                self._try_awaited(id_, address)

    def _try_awaited(self, id_: str, address: str) -> None:
        try:
            opened = self._load(id_, address, create=False)
        except CollectionError as error:
            self._awaited[id_] = address, error
            return
        with self._lock:
            if self._closing.is_set() or id_ in self._open:
                opened.close()
            else:
                self._open[id_] = opened
            del self._awaited[id_]
        _log.warning("The collection %s is available now.", opened.collection.location)

    def _load(self, id_: str, where: Place, *, create: bool) -> OpenCollection:
        collection = Collection(where, create=create)
        files = [] if collection.home is None else [collection.path / THUMBNAILS]
        if self._cache is not None:
            files.append(self._cache / f"{id_}-{THUMBNAILS}")
        return OpenCollection(id_, _name(where), collection, Thumbnails(files))

    def _load_remembered(self) -> list[str]:
        try:
            locations = json.loads(self._memory.read_text("utf-8")) if self._memory else []
        except (OSError, ValueError):
            return []
        return [each for each in locations or [] if isinstance(each, str)]

    def _change_memory(self, change: Callable[[list[str]], list[str]]) -> None:
        if self._memory is None:
            return
        known = self._load_remembered()
        changed = list(dict.fromkeys(change(known)))
        if changed != known:
            try:
                self._memory.parent.mkdir(parents=True, exist_ok=True)
                self._memory.write_text(json.dumps(changed, indent=1), "utf-8")
            except OSError as error:
                _log.warning("%s cannot be written: %s", self._memory, error)


def collection_id(where: Place) -> str:
    """Return an id that a person can recognise in a URL.

    It depends on the canonical location, which has no secrets, not on how that is written.

    >>> collection_id(Path("/home/ada/Summer 2024/.firs"))
    'summer-2024-c2f70a'
    >>> collection_id("milvus://localhost/photos")
    'photos-7b6205'
    """
    location = real(where) if isinstance(where, Path) else str(Address.parse(where))
    digest = hashlib.blake2b(os.fsencode(location), digest_size=3)
    slug = re.sub(r"[^a-z0-9]+", "-", _name(where).lower()).strip("-")[:40]
    return f"{slug or 'collection'}-{digest.hexdigest()}"


def _name(where: Place) -> str:
    if isinstance(where, str):
        return Address.parse(where).name
    folder = Path(real(where))
    named = folder.parent if folder.name == FOLDER_NAME else folder
    return readable(named.name or named)


_Key: TypeAlias = tuple[str, str]

_UNSAVED = "unsaved-"
"""Prefix of the ids of sessions of collections that cannot be written to."""


@dataclass(slots=True)
class _Slot:
    """A session, if it is loaded; ``users`` counts the requests that use it or wait for it."""

    session: Session | None = None
    users: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class OpenSessions:
    """Cache of the most recently used sessions, each for one request at a time.

    Args:
        most: capacity, exceeded only while more sessions are in use at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._open: OrderedDict[_Key, _Slot] = OrderedDict()

    @contextmanager
    def use(self, opened: OpenCollection, id_: str) -> Iterator[Session]:
        """Borrow the current version of a session; no other thread uses it at the same time.

        After an error it is loaded again when it is used next.

        Raises:
            SessionNotFound: the collection has no such session, or no longer.
            FirsError: it cannot be loaded.
        """
        key = opened.id, id_
        slot = self._borrow(key)
        try:
            with slot.lock:
                yield from self._load_or_refresh(slot, opened, id_)
        finally:
            self._give_back(key, slot)

    def begin(self, opened: OpenCollection, create: Callable[[], Session]) -> Session:
        """Create a session and register it as open."""
        session = create()
        session.id = session.id or f"{_UNSAVED}{secrets.token_hex(6)}"
        with self._lock:
            self._open[opened.id, session.id] = _Slot(session)
            self._close_some()
        return session

    def drop(self, opened: OpenCollection, id_: str) -> None:
        """Close a session."""
        with self._lock:
            self._open.pop((opened.id, id_), None)

    def _load_or_refresh(self, slot: _Slot, opened: OpenCollection, id_: str) -> Iterator[Session]:
        try:
            if slot.session is None:
                slot.session = Session.open(opened.collection, id_)
            else:
                slot.session.refresh()
            yield slot.session
        except NotFound:  # no reason to load it again
            raise
        except BaseException:
            if not id_.startswith(_UNSAVED):
                slot.session = None
            raise

    def _borrow(self, key: _Key) -> _Slot:
        with self._lock:
            slot = self._open.setdefault(key, _Slot())
            self._open.move_to_end(key)
            slot.users += 1
            self._close_some()
            return slot

    def _give_back(self, key: _Key, slot: _Slot) -> None:
        with self._lock:
            slot.users -= 1
            is_empty = slot.session is None and not slot.users
            if is_empty and self._open.get(key) is slot:
                del self._open[key]

    def _close_some(self) -> None:
        """Close the least recently used sessions that are not in use."""
        idle = [key for key, slot in self._open.items() if not slot.users]
        for key in idle[: max(0, len(self._open) - self._most)]:
            del self._open[key]


@dataclass(frozen=True, slots=True)
class State:
    """All that is open; ``closing`` is set when the server is about to end."""

    settings: Settings
    collections: CollectionRegistry
    jobs: Jobs
    uploads: "UploadStore"
    sessions: OpenSessions
    closing: threading.Event = field(default_factory=threading.Event)

    def close(self) -> None:
        """Stop the jobs, and close everything that is open."""
        self.closing.set()
        self.jobs.close()
        self.uploads.close()
        self.collections.close()


async def _current(request: Request) -> State:
    state: State = request.app.state.firs
    return state


Current: TypeAlias = Annotated[State, Depends(_current)]
"""The state of the server that received the request."""


ID = r"^[A-Za-z0-9_-]+$"
"""The form of every id in a path."""

CollectionId: TypeAlias = Annotated[str, PathParameter(pattern=ID, max_length=80)]


async def _opened(collection: CollectionId, state: Current) -> AsyncIterator[OpenCollection]:
    opened = state.collections.get(collection)
    with opened.collection.limit_wait():
        yield opened


Opened: TypeAlias = Annotated[OpenCollection, Depends(_opened)]
"""The open collection that the path names; the request waits a limited time for its server."""
