"""Small documents next to the images on a server, by kind and key: sessions, problems and the like.

A document that is too long for one row has several. These are written first, under a stamp of
their own, and then the one row that names the stamp: so that a document is there as a whole or,
while it is replaced or after a kill, as it was before.
"""

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from firs.collection.sessions import SESSION
from firs.errors import InputError
from firs.milvus.reading import Consistency
from firs.milvus.schema import KEY, Field, Row, VectorIndex
from firs.milvus.server import Server
from firs.storage.documents import Body, Document

PART_BYTES = 60_000
"""Of a document in one row; Milvus takes 65,535."""

_LONGEST_ID = 1_000
_NOTHING = b"\0"
_END = "\U0010ffff"
"""Comes after all that begins alike."""

FIELDS = (
    Field(KEY, "VARCHAR", length=_LONGEST_ID),
    Field("kind", "VARCHAR", length=64),
    Field("image", "INT64"),
    Field("stamp", "VARCHAR", length=32),
    Field("parts", "INT64"),
    Field("body", "VARCHAR", length=65_535),
    Field("nothing", "BINARY_VECTOR", dim=8),
)
READ = ("kind", "stamp", "parts", "body")


def rows_of(document: Document) -> tuple[Row, list[Row]]:
    """The row that names a document, and those that hold it if it is too long for one."""
    body = json.dumps(document.body, allow_nan=False)
    id_, stamp = id_of_note(document.kind, document.key), document.stamp or secrets.token_hex(8)
    cut = split(body)
    parts = [] if len(cut) == 1 else cut
    head = _row(id_, document, stamp, len(parts), "" if parts else body)
    return head, [
        _row(part_id(id_, stamp, number), document, stamp, 0, part, kind=_part_kind(document.kind))
        for number, part in enumerate(parts)
    ]


def split(body: str) -> list[str]:
    """ASCII text in pieces that each fit into a row.

    >>> [len(piece) for piece in split("x" * 130_000)]
    [60000, 60000, 10000]
    """
    return [body[at : at + PART_BYTES] for at in range(0, len(body), PART_BYTES)] or [body]


def _row(id_: str, document: Document, stamp: str, parts: int, body: str, kind: str = "") -> Row:
    image = document.body.get("image")
    return {
        KEY: id_,
        "kind": kind or document.kind,
        "image": image if isinstance(image, int) else 0,
        "stamp": stamp,
        "parts": parts,
        "body": body,
        "nothing": _NOTHING,
    }


def id_of_note(kind: str, key: str) -> str:
    """By which a document's row is found.

    Raises:
        InputError: the key is too long.
    """
    id_ = f"{kind}/{key}"
    if len(id_.encode()) > _LONGEST_ID - 50:
        raise InputError(f"The name {key[:60]}… is too long for a server. Choose a shorter one.")
    return id_


def key_of(row: Row) -> str:
    """The key of the document of a row."""
    return str(row[KEY]).partition("/")[2]


def part_id(id_: str, stamp: str, number: int) -> str:
    """By which a part of a long document is found."""
    return f"{id_}\n{stamp}\n{number:06d}"


def _part_kind(kind: str) -> str:
    return f"{kind}*"


def having(kind: str, prefix: str = "") -> str:
    """Return an expression that matches documents of a kind with keys that begin so."""
    return f'kind == "{kind}" and {_begins(id_of_note(kind, prefix))}'


def having_tree(kind: str, key: str) -> str:
    """Return an expression that matches a document and those with its key before a slash."""
    id_ = json.dumps(id_of_note(kind, key), ensure_ascii=False)
    return f"({KEY} == {id_} or ({having(kind, f'{key}/')}))"


def parts_of(beginning: str) -> str:
    """Return an expression that matches parts of documents with ids that begin so."""
    return f'kind == "{_part_kind(beginning.partition("/")[0])}" and {_begins(beginning)}'


def _begins(text: str) -> str:
    first, last = (json.dumps(each, ensure_ascii=False) for each in (text, text + _END))
    return f"{KEY} >= {first} and {KEY} < {last}"


_INDEX = VectorIndex("BIN_FLAT", "HAMMING", field="nothing")


STORED = "stored"
"""The kind of document that says how many rows were stored for good."""
IMAGES, SESSIONS = "images", "sessions"
"""Which of these documents: of images with their vectors, and of sessions."""


def notes_of(name: str) -> str:
    """Return the Milvus collection with the documents."""
    return f"{name}_n"


class MilvusDocuments:
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

    @property
    def is_writable(self) -> bool:
        """Return True: a missing permission is reported by the write itself."""
        return True

    def atomic(self) -> AbstractContextManager[None]:
        """Do nothing: a server has no transactions, so each write is applied at once."""
        return nullcontext()

    def make(self) -> None:
        """Make the Milvus collection of the documents, unless it is there.

        Raises:
            NameTaken: something else has its name.
        """
        if not self._is_made:
            told = json.dumps({"firs": 1, "what": "notes", "of": self.name})
            self.server.create(self._home, FIELDS, told, _INDEX)
            self._is_made = True

    def put(self, kind: str, bodies: Mapping[str, Body]) -> None:
        """Write documents of one kind by their keys, each replacing an older one."""
        self.write([Document(kind, key, body) for key, body in bodies.items()])

    def write(self, documents: Iterable[Document]) -> None:
        """Write documents; short ones all at once."""
        self.make()
        heads: list[Row] = []
        replaced: list[Row] = []
        for document in documents:
            head, parts = rows_of(document)
            if parts:
                self.server.upsert(self._home, parts)
                replaced.append(head)
            heads.append(head)
        self.server.upsert(self._home, heads)
        for head in replaced:
            self._drop_parts(head[KEY], but=head["stamp"])

    def get(self, kind: str, keys: Iterable[str], *, fresh: bool = False) -> dict[str, Body]:
        """MilvusDocuments by their keys, without those that do not exist.

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
    ) -> list[tuple[str, tuple[Body, str]]]:
        """Return the same with their stamps."""
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
        """Return the stamp of a document's state, without reading the document."""
        if not self._has_home():
            return None
        rows = self.server.get(self._home, [id_of_note(kind, key)], ("stamp",))
        return next((str(row["stamp"]) for row in rows.values()), None)

    def all(self, kind: str, prefix: str = "", *, fresh: bool = False) -> dict[str, Body]:
        """Return all documents of a kind with keys that begin so, by ascending key."""
        return dict(self.each(kind, prefix, fresh=fresh))

    def each(
        self, kind: str, prefix: str = "", *, fresh: bool = False
    ) -> Iterator[tuple[str, Body]]:
        """The same one after the other."""
        return self._each(having(kind, prefix), fresh)

    def tree(self, kind: str, key: str, *, fresh: bool = False) -> dict[str, Body]:
        """Return a document and those below it, with its key before a slash, in one read."""
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
        """Count the documents of a kind with keys that begin so."""
        if not self._has_home():
            return 0
        return self.server.count(self._home, having(kind, prefix))

    def forget(self, kind: str, keys: Iterable[str]) -> None:
        """Remove documents by their keys; those that do not exist are no error."""
        ids = [id_of_note(kind, key) for key in keys]
        if not ids or not self._has_home():
            return
        heads = self.server.get(self._home, ids, ("parts",))
        with self._removing_counted(kind):
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

    def _removing_counted(self, kind: str) -> AbstractContextManager[None]:
        return self.removing(SESSIONS) if kind == SESSION else nullcontext()

    def _forget_stored(self, key: str) -> None:
        if self._has_home():
            self.server.delete(self._home, [id_of_note(STORED, key)])

    def forget_all(self, kind: str, prefix: str = "") -> int:
        """Remove the documents of a kind with keys that begin so; return their number."""
        if not self._has_home():
            return 0
        with self._removing_counted(kind):
            gone = self.server.delete_where(self._home, having(kind, prefix))
        self.server.delete_where(self._home, parts_of(id_of_note(kind, prefix)))
        return gone

    def forget_of(self, kind: str, images: Sequence[int]) -> None:
        """Remove the documents of a kind that are of some images."""
        if images and self._has_home():
            listed = json.dumps([int(each) for each in images])
            where = f"{having(kind)} and image in {listed}"
            self.server.delete_where(self._home, where)

    def _each(self, where: str, fresh: bool) -> Iterator[tuple[str, Body]]:
        for rows in self._heads(where, READ, fresh):
            for row in rows:
                if (document := self._document(row)) is not None:
                    yield key_of(row), document

    def _heads(self, where: str, fields: Sequence[str], fresh: bool) -> Iterator[list[Row]]:
        if not self._has_home():
            return iter(())
        return self.server.iterate(self._home, where, fields, size=500, consistency=_level(fresh))

    def _document(self, head: Row) -> Body | None:
        """Return the document of a row and its parts; None if it has disappeared."""
        for _ in range(3):
            body = self._body(head)
            if body is not None:
                document: Body = json.loads(body)
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
