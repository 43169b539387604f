"""Small documents beside the images on a server, by kind and key: sessions, problems and the like.

A document that is too long for one row lies in several. Those are written first, under a stamp of
their own, and then the one row that names the stamp: so that a document is there as a whole or,
while it is replaced or after a kill, as it was before.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from firs.errors import InputError
from firs.milvus.fields import KEY, Row, VectorIndex
from firs.milvus.freshness import Consistency
from firs.milvus.note_rows import (
    FIELDS,
    READ,
    Document,
    Note,
    having,
    having_tree,
    id_of_note,
    key_of,
    part_id,
    parts_of,
    rows_of,
)
from firs.milvus.server import Server

_INDEX = VectorIndex("BIN_FLAT", "HAMMING", field="nothing")


STORED = "stored"
"""The kind of document that says how many rows were stored for good."""
IMAGES, SESSIONS = "images", "sessions"
"""Which of these documents: of images with their vectors, and of sessions."""


def notes_of(name: str) -> str:
    """What holds the notes of a collection."""
    return f"{name}_n"


class Documents:
    """The notes of one collection on a server; they are made by the first that is written.

    Args:
        server: theirs.
        name: of the collection.
    """

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.name = name
        self._home = notes_of(name)
        self._is_made = False

    def make(self) -> None:
        """Make what holds the notes, unless it is there.

        Raises:
            NameTaken: something else has its name.
        """
        if not self._is_made:
            told = json.dumps({"firs": 1, "what": "notes", "of": self.name})
            self.server.create(self._home, FIELDS, told, _INDEX)
            self._is_made = True

    def put(self, kind: str, documents: Mapping[str, Document]) -> None:
        """Write documents of one kind by their keys, each in the place of an older one."""
        self.write([Note(kind, key, document) for key, document in documents.items()])

    def write(self, notes: Iterable[Note]) -> None:
        """Write documents; short ones all at once."""
        self.make()
        heads: list[Row] = []
        replaced: list[Row] = []
        for note in notes:
            head, parts = rows_of(note)
            if parts:
                self.server.upsert(self._home, parts)
                replaced.append(head)
            heads.append(head)
        self.server.upsert(self._home, heads)
        for head in replaced:
            self._drop_parts(head[KEY], but=head["stamp"])

    def get(self, kind: str, keys: Iterable[str], *, fresh: bool = False) -> dict[str, Document]:
        """Documents by their keys, without those that do not exist.

        Args:
            kind: theirs.
            keys: which.
            fresh: whether all that anybody wrote must be seen.
        """
        return {
            key: document for key, (document, _) in self.get_with_stamps(kind, keys, fresh=fresh)
        }

    def get_with_stamps(
        self, kind: str, keys: Iterable[str], *, fresh: bool = False
    ) -> list[tuple[str, tuple[Document, str]]]:
        """The same with their stamps."""
        if not self._has_home():
            return []
        ids = [id_of_note(kind, key) for key in keys]
        rows = self.server.get(self._home, ids, READ, consistency=_level(fresh))
        return [
            (key_of(row), (document, row["stamp"]))
            for row in rows.values()
            if (document := self._document(row)) is not None
        ]

    def stamp(self, kind: str, key: str) -> str | None:
        """What tells the state of a document, which is not read for it."""
        if not self._has_home():
            return None
        rows = self.server.get(self._home, [id_of_note(kind, key)], ("stamp",))
        return next((str(row["stamp"]) for row in rows.values()), None)

    def all(self, kind: str, prefix: str = "", *, fresh: bool = False) -> dict[str, Document]:
        """All documents of a kind, those whose key begins so, by ascending key."""
        return dict(self.each(kind, prefix, fresh=fresh))

    def each(
        self, kind: str, prefix: str = "", *, fresh: bool = False
    ) -> Iterator[tuple[str, Document]]:
        """The same one after the other."""
        return self._each(having(kind, prefix), fresh)

    def tree(self, kind: str, key: str, *, fresh: bool = False) -> dict[str, Document]:
        """Return a document and those below it, whose keys go on after a slash, in one reading."""
        return dict(self._each(having_tree(kind, key), fresh))

    def tree_keys(self, kind: str, key: str, *, fresh: bool = False) -> list[str]:
        """Return the keys of the same, ascending."""
        parts = self._heads(having_tree(kind, key), (), fresh)
        return [key_of(row) for rows in parts for row in rows]

    def keys(self, kind: str, prefix: str = "", *, fresh: bool = False) -> list[str]:
        """The keys of a kind that begin so, ascending."""
        parts = self._heads(having(kind, prefix), (), fresh)
        return [key_of(row) for rows in parts for row in rows]

    def count(self, kind: str, prefix: str = "") -> int:
        """How many documents of a kind there are whose key begins so."""
        if not self._has_home():
            return 0
        return self.server.count(self._home, having(kind, prefix))

    def forget(self, kind: str, keys: Iterable[str]) -> None:
        """Remove documents by their keys; those that do not exist are no error."""
        ids = [id_of_note(kind, key) for key in keys]
        if not ids or not self._has_home():
            return
        heads = self.server.get(self._home, ids, ("parts",))
        self.server.delete(self._home, ids)
        for id_ in (id_ for id_, head in heads.items() if head["parts"]):
            self._drop_parts(str(id_))

    @contextmanager
    def removing(self, key: str) -> Iterator[None]:
        """Forget how many rows were stored while some of them are removed.

        Before they are removed, so that a process that is killed then leaves no number that is too
        high, and afterwards, for a number that another has noted in the meantime.

        Args:
            key: of the document, ``IMAGES`` or ``SESSIONS``.
        """
        self._forget_stored(key)
        yield
        self._forget_stored(key)

    def _forget_stored(self, key: str) -> None:
        if self._has_home():
            self.server.delete(self._home, [id_of_note(STORED, key)])

    def forget_all(self, kind: str, prefix: str = "") -> int:
        """Remove the documents of a kind whose key begins so; return how many."""
        if not self._has_home():
            return 0
        gone = self.server.delete_where(self._home, having(kind, prefix))
        self.server.delete_where(self._home, parts_of(id_of_note(kind, prefix)))
        return gone

    def forget_of(self, kind: str, images: Sequence[int]) -> None:
        """Remove the documents of a kind that are of some images."""
        if images and self._has_home():
            listed = json.dumps([int(each) for each in images])
            where = f"{having(kind)} and image in {listed}"
            self.server.delete_where(self._home, where)

    def _each(self, where: str, fresh: bool) -> Iterator[tuple[str, Document]]:
        for rows in self._heads(where, READ, fresh):
            for row in rows:
                if (document := self._document(row)) is not None:
                    yield key_of(row), document

    def _heads(self, where: str, fields: Sequence[str], fresh: bool) -> Iterator[list[Row]]:
        if not self._has_home():
            return iter(())
        return self.server.iterate(self._home, where, fields, size=500, consistency=_level(fresh))

    def _document(self, head: Row) -> Document | None:
        """What a row, and the parts that it names, say; None if it is gone by now."""
        for _ in range(3):
            body = self._body(head)
            if body is not None:
                document: Document = json.loads(body)
                return document
            # It was replaced since the row was read.
            found = self.server.get(self._home, [head[KEY]], READ, consistency="Strong")
            if not found:
                return None
            head = found[head[KEY]]
        raise InputError(
            f"The note {head[KEY]!r} on {self.server.address} is not whole. Write it again, or "
            "bring it back from a backup."
        )

    def _body(self, head: Row) -> str | None:
        if not head["parts"]:
            return str(head["body"])
        ids = [part_id(head[KEY], head["stamp"], number) for number in range(head["parts"])]
        rows = self.server.get(self._home, ids, ("body",))
        if len(rows) < len(ids):
            rows = self.server.get(self._home, ids, ("body",), consistency="Strong")
        return "".join(rows[id_]["body"] for id_ in ids) if len(rows) == len(ids) else None

    def _drop_parts(self, id_: str, but: str = "") -> None:
        where = parts_of(f"{id_}\n")
        self.server.delete_where(self._home, f'{where} and stamp != "{but}"')

    def _has_home(self) -> bool:
        """Whether there may be documents; not in a home that a kill has left without its index."""
        if not self._is_made and self.server.has(self._home):
            self._is_made = self.server.index(self._home, _INDEX.field) is not None
        return self._is_made


def _level(fresh: bool) -> Consistency | None:
    return "Strong" if fresh else None
