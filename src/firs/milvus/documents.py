"""The documents of a collection on a server: see ``firs.storage.documents``.

A document that is too long for one row has several. Its parts are written first, under a random
stamp, and then the row that names the stamp. So a document is complete or, while it is replaced or
after a kill, as it was before.
"""

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from firs.collection.sessions import SESSION
from firs.errors import InputError
from firs.milvus.queries import Consistency
from firs.milvus.schema import KEY, NOTHING, Field, Row, VectorIndex, encode_description
from firs.milvus.server import Server
from firs.storage.documents import Body, Document

PART_BYTES = 60_000
"""Maximum size of a document in one row; Milvus accepts 65,535."""

_LONGEST_ID = 1_000
_END = "\U0010ffff"
"""Sorts after all texts with the same beginning."""

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
_INDEX = VectorIndex("BIN_FLAT", "HAMMING", field="nothing")

STORED = "stored"
"""Kind of the documents with the numbers of rows that were stored durably."""
IMAGES, SESSIONS = "images", "sessions"
"""Keys of these documents: for images with their embeddings, and for sessions."""


def notes_of(name: str) -> str:
    """Return the name of the Milvus collection with the documents."""
    return f"{name}_n"


def rows_of(document: Document) -> tuple[Row, list[Row]]:
    """Return the row that names a document, and the rows of its parts if it is too long."""
    body = json.dumps(document.body, allow_nan=False)
    id_, stamp = id_of_note(document.kind, document.key), document.stamp or secrets.token_hex(8)
    parts = split(body) if len(body) > PART_BYTES else []
    head = _row(id_, document, stamp, len(parts), "" if parts else body)
    return head, [
        _row(part_id(id_, stamp, number), document, stamp, 0, part, kind=f"{document.kind}*")
        for number, part in enumerate(parts)
    ]


def split(body: str) -> list[str]:
    """Split an ASCII text into pieces that each fit into a row.

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
        "nothing": NOTHING,
    }


def id_of_note(kind: str, key: str) -> str:
    """Return the id of a document's row.

    Raises:
        InputError: the key is too long.
    """
    id_ = f"{kind}/{key}"
    if len(id_.encode()) > _LONGEST_ID - 50:
        raise InputError(f"The name {key[:60]}… is too long for a server. Choose a shorter one.")
    return id_


def key_of(row: Row) -> str:
    """Return the key of a row's document."""
    return str(row[KEY]).partition("/")[2]


def part_id(id_: str, stamp: str, number: int) -> str:
    """Return the id of the row of a part."""
    return f"{id_}\n{stamp}\n{number:06d}"


def having(kind: str, prefix: str = "") -> str:
    """Return an expression that matches documents of a kind by the beginning of their keys."""
    return f'kind == "{kind}" and {_begins(id_of_note(kind, prefix))}'


def having_tree(kind: str, key: str) -> str:
    """Return an expression that matches a document and those below it."""
    id_ = json.dumps(id_of_note(kind, key), ensure_ascii=False)
    return f"({KEY} == {id_} or ({having(kind, f'{key}/')}))"


def parts_of(beginning: str) -> str:
    """Return an expression that matches parts of documents by the beginning of their ids."""
    return f'kind == "{beginning.partition("/")[0]}*" and {_begins(beginning)}'


def _begins(text: str) -> str:
    first, last = (json.dumps(each, ensure_ascii=False) for each in (text, text + _END))
    return f"{KEY} >= {first} and {KEY} < {last}"


class MilvusDocuments:
    """The documents of one collection; the first write creates their Milvus collection.

    Args:
        server: the connection.
        name: name of the collection.
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
        """Create the Milvus collection of the documents, if it does not exist.

        Raises:
            NameTaken: something else has its name.
        """
        if not self._is_made:
            description = encode_description("notes", of=self.name)
            self.server.create(self._home, FIELDS, description, _INDEX)
            self._is_made = True

    def put(self, kind: str, bodies: Mapping[str, Body]) -> None:
        self.write([Document(kind, key, body) for key, body in bodies.items()])

    def write(self, documents: Iterable[Document]) -> None:
        """Write documents, the short ones together."""
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
        return {key: body for key, (body, _) in self.get_with_stamps(kind, keys, fresh=fresh)}

    def get_with_stamps(
        self, kind: str, keys: Iterable[str], *, fresh: bool = False
    ) -> list[tuple[str, tuple[Body, str]]]:
        """Return the same with their stamps."""
        if not self._has_home():
            return []
        ids = [id_of_note(kind, key) for key in keys]
        rows = self.server.get(self._home, ids, READ, consistency=_level(fresh))
        return [
            (key_of(row), (body, row["stamp"]))
            for row in rows.values()
            if (body := self._body(row)) is not None
        ]

    def stamp(self, kind: str, key: str) -> str | None:
        if not self._has_home():
            return None
        rows = self.server.get(self._home, [id_of_note(kind, key)], ("stamp",))
        return next((str(row["stamp"]) for row in rows.values()), None)

    def each(
        self, kind: str, prefix: str = "", *, fresh: bool = False
    ) -> Iterator[tuple[str, Body]]:
        return self._each(having(kind, prefix), fresh)

    def tree(self, kind: str, key: str, *, fresh: bool = False) -> dict[str, Body]:
        return dict(self._each(having_tree(kind, key), fresh))

    def tree_keys(self, kind: str, key: str, *, fresh: bool = False) -> list[str]:
        return [key_of(row) for row in self._heads(having_tree(kind, key), (), fresh)]

    def keys(self, kind: str, prefix: str = "", *, fresh: bool = False) -> list[str]:
        return [key_of(row) for row in self._heads(having(kind, prefix), (), fresh)]

    def count(self, kind: str, prefix: str = "") -> int:
        return self.server.count(self._home, having(kind, prefix)) if self._has_home() else 0

    def forget(self, kind: str, keys: Iterable[str]) -> None:
        ids = [id_of_note(kind, key) for key in keys]
        if not ids or not self._has_home():
            return
        heads = self.server.get(self._home, ids, ("parts",))
        with self._removing_counted(kind):
            self.server.delete(self._home, ids)
        for id_, head in heads.items():
            if head["parts"]:
                self._drop_parts(str(id_))

    @contextmanager
    def removing(self, key: str) -> Iterator[None]:
        """Invalidate the number of stored rows while some of them are removed.

        This happens before, so that a killed process does not leave a number that is too high, and
        afterwards, because another process may have stored one in the meantime.

        Args:
            key: key of the document, ``IMAGES`` or ``SESSIONS``.
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
        if not self._has_home():
            return 0
        with self._removing_counted(kind):
            count = self.server.delete_where(self._home, having(kind, prefix))
        self.server.delete_where(self._home, parts_of(id_of_note(kind, prefix)))
        return count

    def forget_of(self, kind: str, images: Sequence[int]) -> None:
        """Remove the documents of a kind that belong to some images."""
        if images and self._has_home():
            ids = [int(each) for each in images]
            self.server.delete_where(self._home, f"{having(kind)} and image in {ids}")

    def _each(self, where: str, fresh: bool) -> Iterator[tuple[str, Body]]:
        for row in self._heads(where, READ, fresh):
            if (body := self._body(row)) is not None:
                yield key_of(row), body

    def _heads(self, where: str, fields: Sequence[str], fresh: bool) -> Iterator[Row]:
        if self._has_home():
            for rows in self.server.iterate(
                self._home, where, fields, size=500, consistency=_level(fresh)
            ):
                yield from rows

    def _body(self, head: Row) -> Body | None:
        """Return the content of a document; None if it has disappeared."""
        for _ in range(3):
            text = self._text(head)
            if text is not None:
                body: Body = json.loads(text)
                return body
            # It was replaced since the row was read.
            found = self.server.get(self._home, [head[KEY]], READ, consistency="Strong")
            if not found:
                return None
            head = found[head[KEY]]
        raise InputError(
            f"The document {head[KEY]!r} on {self.server.address} is not complete. Write it again, "
            "or restore it from a backup."
        )

    def _text(self, head: Row) -> str | None:
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
        """Return whether the Milvus collection of the documents exists and has its index."""
        if not self._is_made and self.server.has(self._home):
            self._is_made = self.server.index(self._home, _INDEX.field) is not None
        return self._is_made


def _level(fresh: bool) -> Consistency | None:
    return "Strong" if fresh else None
