"""What a run of adding knows of the images on a server: of those below the folders it is given.

Only rows without vectors are read. Whether contents lie elsewhere in the collection is looked up
where there is anything elsewhere. For each look-up the server passes over the hashes of all images,
so that in a large collection a batch is looked up at once, after it was encoded.
"""

import threading
from collections.abc import Iterable, Sequence

from firs.collection.catalogue import Catalogue, IndexedImage, is_gone
from firs.milvus.expressions import among, below
from firs.milvus.fields import KEY
from firs.milvus.ids import path_of
from firs.milvus.schema import vectors_of
from firs.milvus.server import Row, Server

FEW = 1_000_000
"""Images of a collection in which contents are looked up one at a time, before any is encoded."""

_HASHES_AT_ONCE = 500
_ROWS_AT_ONCE = 10_000
_READ = ("path", "hash", "bytes", "mtime_ns", "added_at")


class ServerCatalogue(Catalogue):
    """The images below some folders, and those elsewhere whose content was asked for.

    Args:
        server: as one who writes needs it.
        name: of the collection.
        encoder: whose vectors are added.
        folders: of the run.
    """

    def __init__(self, server: Server, name: str, encoder: str, folders: Sequence[str]) -> None:
        self._server = server
        self._name = name
        self._vectors = vectors_of(name, encoder)
        self._folders = folders
        count, rows = self._below(name, _READ)
        rows.sort(key=lambda row: (row["added_at"], row[KEY]))  # the oldest first
        super().__init__(map(_indexed_image, rows))
        self._is_all = count <= len(rows)
        self._is_small = count <= FEW
        self._asked: set[bytes] = set()
        self._lacking: dict[bytes, list[tuple[int, str]]] = {}
        self._left_over: list[int] = []
        self._lock = threading.Lock()

    def with_content(self, hash_: bytes) -> list[IndexedImage]:
        """The images with this content, wherever they lie: those below the folders first."""
        if self._is_small:
            self.look_up([hash_])
        return super().with_content(hash_)

    def look_up(self, hashes: Iterable[bytes]) -> None:
        """Ask the server once for each content who else has it.

        It may not know yet what another process wrote in the last seconds.
        """
        if self._is_all:
            return
        with self._lock:
            new = sorted(set(hashes) - self._asked)
            self._asked.update(new)
            for at in range(0, len(new), _HASHES_AT_ONCE):
                self._take_in(new[at : at + _HASHES_AT_ONCE])

    def lacking(self) -> dict[bytes, list[tuple[int, str]]]:
        """Images below the folders that have no vector; others join when they are looked up."""
        _, rows = self._below(self._vectors)
        having = {row[KEY] for row in rows}
        self._left_over = sorted(having - {image.id for image in self})
        self._lacking = {}
        for image in self:
            if image.id not in having:
                self._lack(image)
        return self._lacking

    def orphans(self) -> list[int]:
        """Vectors that a kill has left without an image, of files that are gone."""
        rows = self._server.get(self._vectors, self._left_over, ("path",))
        return [int(id_) for id_, row in rows.items() if is_gone(path_of(row["path"]))]

    def _take_in(self, hashes: Sequence[bytes]) -> None:
        where = f"hash {among(hash_.hex() for hash_ in hashes)}"
        rows = self._server.query(self._name, where, _READ, consistency="Bounded")
        found = [each for each in map(_indexed_image, rows) if self.at(each.path) is None]
        ids = [each.id for each in found]
        having = self._server.get(self._vectors, ids, consistency="Bounded") if ids else {}
        for each in found:
            self.put(each)
            if each.id not in having:
                self._lack(each)

    def _lack(self, image: IndexedImage) -> None:
        self._lacking.setdefault(image.hash, []).append((image.id, image.path))

    def _below(self, home: str, fields: Sequence[str] = ()) -> tuple[int, list[Row]]:
        """How many rows there are in all, and those below the folders.

        To count them the server catches up with all that was written; what is then read need not
        wait for that again.
        """
        count = self._server.count(home)
        parts = self._server.iterate(
            home, below(self._folders), fields, size=_ROWS_AT_ONCE, consistency="Bounded"
        )
        return count, [row for some in parts for row in some]


def _indexed_image(row: Row) -> IndexedImage:
    return IndexedImage(
        row[KEY], path_of(row["path"]), bytes.fromhex(row["hash"]), row["bytes"], row["mtime_ns"]
    )
