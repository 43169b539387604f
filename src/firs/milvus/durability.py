"""What a server has stored for good, and whether it still has it.

Milvus acknowledges rows as soon as they are in its message queue, and moves them to its storage
later. A flush makes it do so at once, and takes seconds, so it comes at the end of an ingest and
not with each write. What is then stored is counted, and the numbers are compared when the
collection is opened again: more rows are fine, fewer are a loss, unless rows were removed, before
and after which the numbers are forgotten.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from firs.collection.sessions import SESSION
from firs.errors import CollectionNotFound
from firs.milvus.documents import IMAGES, SESSIONS, STORED, MilvusDocuments, having, notes_of
from firs.milvus.index_config import bits_of
from firs.milvus.reading import Consistency
from firs.milvus.schema import encoders, vectors_of
from firs.milvus.server import Server
from firs.storage.database import now

_AGAIN = "add the photos again (firs index DIR)"
_REBUILD = "build the index again (firs index --index KIND)"
_BACKUP = "restore sessions and tags from a backup"


class StoredCounts:
    """The numbers of rows that one collection has stored.

    Args:
        server: where it is.
        name: of the collection.
        notes: of it.
    """

    def __init__(self, server: Server, name: str, notes: MilvusDocuments) -> None:
        self._server = server
        self._name = name
        self._notes = notes
        self._home = notes_of(name)

    def save(self) -> None:
        """Have everything written so far stored, and note how many rows there are.

        They are counted again afterwards, since another process may have removed some before it
        could see the note.
        """
        parts, noted = self._parts(), dict[str, int]()
        with ThreadPoolExecutor(len(parts)) as pool:
            list(pool.map(self._server.writer().flush, parts))
            while (counts := dict(zip(parts, pool.map(self._count, parts), strict=True))) != noted:
                self._note(counts)
                noted = counts

    def warning(self) -> str:
        """Return one line about lost rows and the remedy; empty if nothing was lost."""
        if not (lost := self._losses()):
            return ""
        told = "; ".join(lost.values())
        cures = ", ".join(dict.fromkeys(map(self._cure, lost)))
        return (
            f"{self._server.address} has lost rows that it had stored: {told}. To mend it: {cures}."
        )

    def _losses(self) -> dict[str, str]:
        """Return for each part with fewer rows than stored a description of the loss."""
        noted = self._notes.get(STORED, [IMAGES, SESSIONS])
        expected = {part: rows for each in noted.values() for part, rows in each["parts"].items()}
        found = {part: self._at_least(part, rows) for part, rows in expected.items()}
        lost = {
            part: f"{part} has {rows:,} of {expected[part]:,}"
            for part, rows in found.items()
            if rows < expected[part]
        }
        return lost if noted else self._lost_notes()

    def _lost_notes(self) -> dict[str, str]:
        """Return the same without numbers: where there are images, notes were written with them."""
        if not self._count_all(self._name) or self._count_all(self._home):
            return {}
        return {self._home: f"{self._home} has none"}

    def _cure(self, part: str) -> str:
        if part == self._home:
            return _BACKUP
        return _REBUILD if part.startswith(f"{self._name}_b_") else _AGAIN

    def _note(self, counts: Mapping[str, int]) -> None:
        images = {part: rows for part, rows in counts.items() if part != self._home}
        sessions = {part: rows for part, rows in counts.items() if part == self._home}
        noted = {IMAGES: images, SESSIONS: sessions}
        self._notes.put(STORED, {key: {"parts": each, "at": now()} for key, each in noted.items()})

    def _parts(self) -> list[str]:
        """Return the Milvus collections with counted rows."""
        parts = [self._name, self._home]
        for each in encoders(self._server, self._name):
            parts += [vectors_of(self._name, each.name), bits_of(self._name, each.name)]
        there = set(self._server.names())
        return [part for part in parts if part in there]

    def _at_least(self, part: str, expected: int) -> int:
        """Count the rows of a part, without waiting if there are as many as expected."""
        try:
            quick = self._count(part, is_exact=False)
            return quick if quick >= expected else self._count(part)
        except CollectionNotFound:
            return 0

    def _count(self, part: str, *, is_exact: bool = True) -> int:
        where = having(SESSION) if part == self._home else ""
        level: Consistency = "Strong" if is_exact else "Bounded"
        return self._server.count(part, where, consistency=level)

    def _count_all(self, part: str) -> int:
        return self._server.count(part) if self._server.has(part) else 0
