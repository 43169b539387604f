"""The images on a server that an indexing run needs: those below its folders.

Only rows without vectors are read. Contents of images elsewhere in the collection are looked up if
there are any. A small collection is read completely once a new file is found. In a large one the
contents of a batch are looked up together, after the batch was encoded, since each look-up scans
the hashes of all images.
"""

import threading
from collections.abc import Container, Iterable, Sequence

from firs.milvus.fields import KEY, Key, Row, path_of
from firs.milvus.filters import below, in_list
from firs.milvus.schema import vectors_of
from firs.milvus.server import Server
from firs.storage.catalogue import Catalogue, IndexedImage, is_gone
from firs.storage.records import batches

FEW = 100_000
"""Images of a collection of which all are read, in about a second, before a new file is encoded."""

_HASHES_AT_ONCE = 500
_ROWS_AT_ONCE = 10_000
_READ = ("path", "hash", "bytes", "mtime_ns", "added_at")


class ServerCatalogue(Catalogue):
    """The images below some folders, and those elsewhere with contents that were looked up.

    Args:
        server: a writer's connection.
        name: name of the collection.
        encoder: the encoder of the run.
        folders: folders of the run.
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
        """Return the images with this content, those below the folders first."""
        if self._is_small:
            self.look_up()
        return super().with_content(hash_)

    def look_up(self, hashes: Iterable[bytes] = ()) -> None:
        """Learn from the server once for each content which images elsewhere have it.

        It may not know yet what another process wrote in the last seconds.
        """
        with self._lock:
            if self._is_all:
                return
            if self._is_small:
                self._read_elsewhere()
                self._is_all = True
                return
            new = sorted(set(hashes) - self._asked)
            self._asked.update(new)
            for some in batches(new, _HASHES_AT_ONCE):
                self._read_with_contents(some)

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

    def _read_elsewhere(self) -> None:
        rows = self._read(self._name, "", _READ)
        self._take_in(rows, {row[KEY] for row in self._read(self._vectors, "")})

    def _read_with_contents(self, hashes: Sequence[bytes]) -> None:
        rows = self._read(self._name, f"hash {in_list(hash_.hex() for hash_ in hashes)}", _READ)
        ids = [row[KEY] for row in rows]
        self._take_in(
            rows, self._server.get(self._vectors, ids, consistency="Bounded") if ids else {}
        )

    def _take_in(self, rows: Iterable[Row], having: Container[Key]) -> None:
        """Add images from elsewhere; ``having`` are the ids of those with an embedding."""
        for each in map(_indexed_image, rows):
            if self.at(each.path) is None:
                self.put(each)
                if each.id not in having:
                    self._lack(each)

    def _lack(self, image: IndexedImage) -> None:
        self._lacking.setdefault(image.hash, []).append((image.id, image.path))

    def _below(self, home: str, fields: Sequence[str] = ()) -> tuple[int, list[Row]]:
        """Return the total number of rows, and those below the folders.

        To count them the server catches up with all writes; the following reads need not wait
        again.
        """
        count = self._server.count(home)
        return count, self._read(home, below(self._folders), fields)

    def _read(self, home: str, where: str, fields: Sequence[str] = ()) -> list[Row]:
        parts = self._server.iterate(home, where, fields, size=_ROWS_AT_ONCE, consistency="Bounded")
        return [row for some in parts for row in some]


def _indexed_image(row: Row) -> IndexedImage:
    return IndexedImage(
        row[KEY], path_of(row["path"]), bytes.fromhex(row["hash"]), row["bytes"], row["mtime_ns"]
    )
