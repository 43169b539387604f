"""What a run of adding knows of the images on a server: of those below the folders it is given.

Only rows without vectors are read. Whether contents lie elsewhere in the collection is looked up
where there is anything elsewhere. For each look-up the server passes over the hashes of all images,
so that in a large collection a batch is looked up at once, after it was encoded.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence

from firs.collection.catalogue import Catalogue, Known
from firs.milvus.expressions import among, below
from firs.milvus.fields import KEY
from firs.milvus.ids import path_of
from firs.milvus.schema import vectors_of
from firs.milvus.server import Row, Server

FEW = 1_000_000
"""Images of a collection in which contents are looked up one at a time, before any is encoded."""

_HASHES_AT_ONCE = 500
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
        rows = [row for some in self._rows() for row in some]
        rows.sort(key=lambda row: (row["added_at"], row[KEY]))  # the oldest first
        super().__init__(map(_known, rows))
        count = server.count(name)
        self._is_all = count <= len(rows)
        self._is_small = count <= FEW
        self._asked: set[bytes] = set()
        self._lacking: dict[bytes, list[tuple[int, str]]] = {}
        self._lock = threading.Lock()

    def with_content(self, hash_: bytes) -> list[Known]:
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
        parts = self._server.iterate(self._vectors, below(self._folders))
        having = {row[KEY] for some in parts for row in some}
        self._lacking = {}
        for image in self:
            if image.id not in having:
                self._lack(image)
        return self._lacking

    def _take_in(self, hashes: Sequence[bytes]) -> None:
        where = f"hash {among(hash_.hex() for hash_ in hashes)}"
        rows = self._server.query(self._name, where, _READ, consistency="Bounded")
        found = [each for each in map(_known, rows) if self.at(each.path) is None]
        ids = [each.id for each in found]
        having = self._server.get(self._vectors, ids, consistency="Bounded") if ids else {}
        for each in found:
            self.put(each)
            if each.id not in having:
                self._lack(each)

    def _lack(self, image: Known) -> None:
        self._lacking.setdefault(image.hash, []).append((image.id, image.path))

    def _rows(self) -> Iterator[list[Row]]:
        return self._server.iterate(self._name, below(self._folders), _READ)


def _known(row: Row) -> Known:
    return Known(
        row[KEY], path_of(row["path"]), bytes.fromhex(row["hash"]), row["bytes"], row["mtime_ns"]
    )
