"""A collection in a folder as one side of a migration."""

import json
import sqlite3
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from firs.collection.expansions import JOINED
from firs.collection.store import MIGRATION
from firs.index import has_kind
from firs.migration.documents import APPROXIMATE, BITS, EXACT, PortableDocuments
from firs.migration.parts import ACTS, Image, Mark, Part
from firs.sources.paths import Root, real
from firs.storage import rows
from firs.storage.database import Database, marks, transaction
from firs.storage.documents import Document, SQLiteDocuments, paths_below
from firs.storage.records import EncoderRecord

_AT_ONCE = 2_000
_INDEXES = {EXACT: "exact", BITS: "hash", APPROXIMATE: "ivf"}
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = "id, path, hash, bytes, mtime_ns, width, height, format, added_at"


class FolderSide:
    """See ``firs.migration.parts``: read in one snapshot, or written in one transaction a part.

    Args:
        folder: the collection's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = Path(real(folder))
        self._root = Root(str(self._folder.parent))
        self.location = str(self._folder)
        self._connection: sqlite3.Connection

    @contextmanager
    def open(self, *, writing: bool) -> Iterator[None]:
        database = Database(self._folder, create=writing)
        try:
            with database.writing() if writing else database.reading() as self._connection:
                self.documents = PortableDocuments(
                    SQLiteDocuments.within(self._connection),
                    paths_below(self._root),
                    has_kind,
                    _INDEXES,
                    lambda images: images,
                )
                yield
        finally:
            database.close()

    def mark(self) -> Mark | None:
        row = self._connection.execute(
            "SELECT value FROM meta WHERE key = ?", (MIGRATION,)
        ).fetchone()
        return None if row is None else Mark(**json.loads(row[0]))

    def set_mark(self, mark: Mark | None) -> None:
        with transaction(self._connection):
            self._mark(mark)

    def count(self) -> int:
        return rows.count(self._connection, "image")

    def encoders(self) -> Sequence[EncoderRecord]:
        return rows.encoders(self._connection)

    def images(self, after: int = 0) -> Iterator[list[Image]]:
        while some := self._connection.execute(
            f"SELECT {_COLUMNS} FROM image WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608
            (after, _AT_ONCE),
        ).fetchall():
            after = some[-1][0]
            yield self._images_of(some)

    def parts(self, kind: str) -> Iterator[Part]:
        return _acts(self._connection) if kind == ACTS else _entries(self._connection)

    def enlist(self, encoders: Iterable[EncoderRecord]) -> None:
        with transaction(self._connection):
            self._connection.executemany(
                "INSERT OR IGNORE INTO encoder (name, fingerprint, dim, dtype, revision) "
                "VALUES (?, ?, ?, ?, abs(random() % 1000000))",
                [(each.name, each.fingerprint, each.dim, each.dtype) for each in encoders],
            )

    def put_images(self, images: Sequence[Image], mark: Mark) -> None:
        keys = dict(self._connection.execute("SELECT name, id FROM encoder").fetchall())
        with transaction(self._connection):
            self._connection.executemany(
                f"INSERT OR REPLACE INTO image ({_COLUMNS}) VALUES ({', '.join('?' * 9)})",  # noqa: S608
                [self._row(each) for each in images],
            )
            self._connection.executemany(
                "INSERT INTO caption (image_id, text, source) VALUES (?, ?, ?)",
                [(each.id, *caption) for each in images for caption in each.captions],
            )
            self._connection.executemany(
                "INSERT INTO tag (image_id, name) VALUES (?, ?)",
                [(each.id, tag) for each in images for tag in each.tags],
            )
            self._connection.executemany(
                "INSERT INTO vector (image_id, encoder_id, data) VALUES (?, ?, ?)",
                [
                    (each.id, keys[encoder], vector)
                    for each in images
                    for encoder, vector in each.vectors.items()
                ],
            )
            self._mark(mark)

    def put_documents(self, documents: Sequence[Document]) -> None:
        with transaction(self._connection):
            self.documents.put(documents)

    def put_parts(self, kind: str, parts: Sequence[Part]) -> None:
        put = _put_act if kind == ACTS else _put_entry
        with transaction(self._connection):
            for each in parts:
                put(self._connection, each)

    def build(self) -> None:
        """The first search builds them."""

    def _mark(self, mark: Mark | None) -> None:
        self._connection.execute("DELETE FROM meta WHERE key = ?", (MIGRATION,))
        if mark is not None:
            body = json.dumps({"source": mark.source, "after": mark.after})
            self._connection.execute("INSERT INTO meta VALUES (?, ?)", (MIGRATION, body))

    def _images_of(
        self, some: Sequence[tuple[int, str, bytes, int, int, int, int, str, str]]
    ) -> list[Image]:
        ids = [row[0] for row in some]
        captions: dict[int, list[tuple[str, str]]] = defaultdict(list)
        tags: dict[int, list[str]] = defaultdict(list)
        vectors: dict[int, dict[str, bytes]] = defaultdict(dict)
        for id_, text, source in self._of("caption", "text, source", ids, "id"):
            captions[id_].append((text, source))
        for id_, tag in self._of("tag", "name", ids, "name"):
            tags[id_].append(tag)
        joined = "vector JOIN encoder ON encoder.id = encoder_id"
        for id_, encoder, data in self._of(joined, "name, data", ids, "encoder_id"):
            vectors[id_][encoder] = data
        return [
            Image(
                id_,
                self._root.absolute(noted),
                hash_.hex(),
                size,
                mtime_ns,
                width,
                height,
                format_,
                _microseconds(added),
                tuple(captions[id_]),
                tuple(tags[id_]),
                vectors[id_],
            )
            for id_, noted, hash_, size, mtime_ns, width, height, format_, added in some
        ]

    def _of(self, table: str, columns: str, ids: Sequence[int], order: str) -> sqlite3.Cursor:
        """What a table has of some images."""
        return self._connection.execute(
            f"SELECT image_id, {columns} FROM {table} "  # noqa: S608
            f"WHERE image_id IN ({marks(ids)}) ORDER BY {order}",
            ids,
        )

    def _row(self, image: Image) -> tuple[object, ...]:
        return (
            image.id,
            self._root.to_stored_path(image.path),
            bytes.fromhex(image.hash),
            image.size,
            image.mtime_ns,
            image.width,
            image.height,
            image.format,
            (_BEGINNING + timedelta(microseconds=image.added_at)).isoformat(),
        )


def _microseconds(at: str) -> int:
    return (datetime.fromisoformat(at) - _BEGINNING) // timedelta(microseconds=1)


def _acts(connection: sqlite3.Connection) -> Iterator[Part]:
    for id_, encoder, kind, settings, texts, at in connection.execute(
        "SELECT expansion.id, name, kind, settings, texts, made_at"
        " FROM expansion JOIN encoder ON encoder.id = encoder_id ORDER BY expansion.id"
    ):
        yield {
            "id": id_,
            "encoder": encoder,
            "kind": kind,
            "settings": json.loads(settings),
            "texts": _text(texts),
            "made_at": at,
        }


def _put_act(connection: sqlite3.Connection, part: Part) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO expansion (id, encoder_id, kind, settings, texts, made_at)"
        " SELECT ?, id, ?, ?, ?, ? FROM encoder WHERE name = ?",
        (
            part["id"],
            part["kind"],
            json.dumps(part["settings"]),
            b64decode(part["texts"]),
            part["made_at"],
            part["encoder"],
        ),
    )


def _entries(connection: sqlite3.Connection) -> Iterator[Part]:
    """Texts, each with a vector in float16; then moves, each with a shift in float32."""
    for act, encoder, image, text, source, data, number in connection.execute(
        f"SELECT expansion_id, name, image_id, text, source, data, entry.id FROM entry {JOINED}"  # noqa: S608
        " ORDER BY entry.id"
    ):
        common = {"act": act, "encoder": encoder, "image": image, "number of row": number}
        yield common | {"texts": [text], "source": source, "floor": None, "data": _text(data)}
    for number, (act, encoder, image, texts, floor, data) in enumerate(
        connection.execute(
            f"SELECT expansion_id, name, image_id, move.texts, floor, data FROM move {JOINED}"  # noqa: S608
            " ORDER BY expansion_id, image_id"
        )
    ):
        common = {"act": act, "encoder": encoder, "image": image, "number of row": number}
        yield common | {
            "texts": json.loads(texts),
            "source": "query",
            "floor": floor,
            "data": _text(data),
        }


def _put_entry(connection: sqlite3.Connection, part: Part) -> None:
    if part["floor"] is None:
        connection.execute(
            "INSERT OR REPLACE INTO entry (id, expansion_id, image_id, text, source, data)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                part["number of row"],
                part["act"],
                part["image"],
                part["texts"][0],
                part["source"],
                b64decode(part["data"]),
            ),
        )
    else:
        connection.execute(
            "INSERT OR REPLACE INTO move (expansion_id, image_id, texts, data, floor)"
            " VALUES (?, ?, ?, ?, ?)",
            (
                part["act"],
                part["image"],
                json.dumps(part["texts"]),
                b64decode(part["data"]),
                part["floor"],
            ),
        )


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
