"""The collections that a server has open, by their ids."""

import hashlib
import json
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from firs.collection import Collection
from firs.errors import CollectionError, CollectionNotFound, MissingExtra, ServerDown, ServerStalled
from firs.milvus.address import Address
from firs.storage.paths import FOLDER_NAME, Place, real
from firs.storage.paths import place as place_of
from firs.web import thumbnails as thumbnail_file
from firs.web.problems import NotFound, readable
from firs.web.thumbnails import Thumbnails

_log = logging.getLogger(__name__)

AWAIT_SECONDS = 5.0
"""Seconds between tries to open a collection that is awaited."""
_AWAY = ServerDown, ServerStalled


@dataclass(frozen=True, slots=True)
class OpenCollection:
    """An open collection, the id that addresses name it by, and the name that people see."""

    id: str
    name: str
    collection: Collection
    thumbnails: Thumbnails

    def require_encoder(self, name: str | None) -> None:
        """Make sure that there are vectors of an encoder, if one is named.

        Raises:
            InputError: there are none.
        """
        if name:
            self.collection.require_vectors(name)

    def close(self) -> None:
        """Close what is open."""
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
        self._held: dict[str, OpenCollection] = {}
        self._awaited: dict[str, tuple[str, CollectionError]] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._waiting: threading.Thread | None = None

    def __iter__(self) -> Iterator[OpenCollection]:
        return iter(list(self._held.values()))

    def get(self, id_: str) -> OpenCollection:
        """Return one.

        Raises:
            NotFound: there is none with this id.
            CollectionError: it is awaited, and is not there yet.
        """
        held = self._held.get(id_)
        if held is not None:
            return held
        if id_ in self._awaited:
            raise self._awaited[id_][1]
        raise NotFound(f"There is no collection {id_!r} here.")

    def put(self, place: Place, *, create: bool = False, remember: bool = False) -> OpenCollection:
        """Open the collection in a folder or on a server, unless it is open already.

        Raises:
            CollectionError: there is none, or it cannot be opened or made.
        """
        with self._lock:
            id_ = collection_id(place)
            if id_ not in self._held:
                self._held[id_] = self._open(id_, place, create=create)
            held = self._held[id_]
            if remember:
                self._change_memory(lambda known: [*known, held.collection.location])
            return held

    def put_or_await(self, place: Place) -> None:
        """Open a collection, on a server as soon as it is there: now or later.

        So a page can be started before the server, and before anything is indexed.

        Raises:
            CollectionError: it cannot be opened, and waiting would not help.
        """
        try:
            self.put(place)
        except (CollectionNotFound, *_AWAY) as error:
            if isinstance(place, Path):
                raise
            self._await(place, error)

    def _await(self, place: str, error: CollectionError) -> None:
        _log.warning("Not there yet, but shown as soon as it is: %s", error)
        self._awaited[collection_id(place)] = place, error
        if self._waiting is None:
            self._waiting = threading.Thread(target=self._open_awaited, daemon=True)
            self._waiting.start()

    def _open_awaited(self) -> None:
        while self._awaited and not self._closing.wait(AWAIT_SECONDS):
            for id_, (place, _) in list(self._awaited.items()):
                self._try_awaited(id_, place)

    def _try_awaited(self, id_: str, place: str) -> None:
        try:
            opened = self._open(id_, place, create=False)
        except CollectionError as error:
            self._awaited[id_] = place, error
            return
        with self._lock:
            if self._closing.is_set() or id_ in self._held:
                opened.close()
            else:
                self._held[id_] = opened
            del self._awaited[id_]
        _log.warning("The collection %s is there now.", opened.collection.location)

    def drop(self, id_: str) -> None:
        """Close one and forget it; its folder stays as it is."""
        with self._lock:
            held = self._held.pop(id_, None)
            if held is not None:
                held.close()
                self._change_memory(
                    lambda known: [each for each in known if each != held.collection.location]
                )

    def recall(self) -> None:
        """Open what was remembered, now or when its server is back; what is gone is passed over."""
        for location in self._load_remembered():
            try:
                self.put(place_of(location))
            except _AWAY as error:
                self._await(location, error)
            except (CollectionError, MissingExtra):
                continue

    def close(self) -> None:
        """Close all."""
        with self._lock:
            self._closing.set()
        while self._held:
            self._held.popitem()[1].close()

    def _open(self, id_: str, place: Place, *, create: bool) -> OpenCollection:
        collection = Collection(place, create=create)
        places = [] if collection.home is None else [collection.path / thumbnail_file.NAME]
        if self._cache is not None:
            places.append(self._cache / f"{id_}-{thumbnail_file.NAME}")
        return OpenCollection(id_, _name(place), collection, Thumbnails(places))

    def _load_remembered(self) -> list[str]:
        try:
            told = json.loads(self._memory.read_text("utf-8")) if self._memory else []
        except (OSError, ValueError):
            return []
        return [place for place in told if isinstance(place, str)] if told else []

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


def collection_id(place: Place) -> str:
    """Return an id that a person can recognise in a URL.

    >>> collection_id(Path("/home/ada/Summer 2024/.firs"))
    'summer-2024-c2f70a'
    >>> collection_id("milvus://localhost/photos")
    'photos-7b6205'
    """
    digest = hashlib.blake2b(os.fsencode(_location(place)), digest_size=3)
    slug = re.sub(r"[^a-z0-9]+", "-", _name(place).lower()).strip("-")[:40]
    return f"{slug or 'collection'}-{digest.hexdigest()}"


def _location(place: Place) -> str:
    """Return the canonical location, independent of its spelling and without secrets."""
    return real(place) if isinstance(place, Path) else str(Address.parse(place))


def _name(place: Place) -> str:
    if isinstance(place, str):
        return Address.parse(place).name
    folder = Path(real(place))
    named = folder.parent if folder.name == FOLDER_NAME else folder
    return readable(named.name or named)
