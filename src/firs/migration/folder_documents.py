"""What a folder's database has next to images ↔ documents; written twice they are there once."""

import json
import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping

from firs.collection.expansions import JOINED
from firs.migration import migration as kinds
from firs.migration.parts import (
    ACTS,
    CALIBRATIONS,
    ENTRIES,
    KINDS,
    LOG,
    MADE,
    PROBLEMS,
    SESSIONS,
    SWITCH,
    Document,
)
from firs.storage.paths import Root

Reader = Callable[[sqlite3.Connection, Root], Iterator[Document]]
Writer = Callable[[sqlite3.Connection, Root, Document], object]

_UNKNOWN = -1
"""The revision of vectors that no vectors have: what was measured on them is measured again."""


def _problems(connection: sqlite3.Connection, root: Root) -> Iterator[Document]:
    for path, reason, at in connection.execute("SELECT path, reason, seen_at FROM problem"):
        yield {"path": root.absolute(path), "reason": reason, "seen_at": at}


def _put_problem(connection: sqlite3.Connection, root: Root, told: Document) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO problem (path, reason, seen_at) VALUES (?, ?, ?)",
        (root.to_stored_path(told["path"]), told["reason"], told["seen_at"]),
    )


def _sessions(connection: sqlite3.Connection, _: Root) -> Iterator[Document]:
    for id_, created, document in connection.execute(
        "SELECT id, created_at, document FROM session ORDER BY rowid"
    ):
        events = connection.execute(
            "SELECT at, event FROM session_event WHERE session_id = ? ORDER BY number", (id_,)
        )
        yield {
            "id": id_,
            "created_at": created,
            "document": json.loads(document),
            "events": [[at, json.loads(event)] for at, event in events],
        }


def _put_session(connection: sqlite3.Connection, _: Root, told: Document) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO session (id, created_at, document) VALUES (?, ?, ?)",
        (told["id"], told["created_at"], json.dumps(told["document"])),
    )
    connection.executemany(
        "INSERT INTO session_event (session_id, number, at, event) VALUES (?, ?, ?, ?)",
        [
            (told["id"], number, at, json.dumps(event))
            for number, (at, event) in enumerate(told["events"])
        ],
    )


_LOGGED = "at, text, kind, image_id, session, number, id"
_LOG_KEYS = "at", "text", "kind", "image", "session", "number", "order"


def _log(connection: sqlite3.Connection, _: Root) -> Iterator[Document]:
    for row in connection.execute(f"SELECT {_LOGGED} FROM query_log ORDER BY id"):  # noqa: S608
        yield dict(zip(_LOG_KEYS, row, strict=True))


def _put_log(connection: sqlite3.Connection, _: Root, told: Document) -> None:
    connection.execute(
        f"INSERT OR REPLACE INTO query_log ({_LOGGED}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        [told[key] for key in _LOG_KEYS],
    )


def _switch(connection: sqlite3.Connection, _: Root) -> Iterator[Document]:
    for (value,) in connection.execute("SELECT value FROM meta WHERE key = 'query_log'"):
        yield {"query_log": value}


def _put_switch(connection: sqlite3.Connection, _: Root, told: Document) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('query_log', ?)", (told["query_log"],))


def _captions_documents(connection: sqlite3.Connection, _: Root) -> Iterator[Document]:
    for hash_, captioner, texts, at in connection.execute(
        "SELECT hash, captioner, texts, made_at FROM made_caption ORDER BY captioner, hash"
    ):
        told = {"hash": hash_.hex(), "captioner": captioner, "made_at": at}
        yield told | {"texts": json.loads(texts)}


def _put_made(connection: sqlite3.Connection, _: Root, told: Document) -> None:
    texts = json.dumps(told["texts"], ensure_ascii=False)
    connection.execute(
        "INSERT OR REPLACE INTO made_caption (hash, captioner, texts, made_at) VALUES (?, ?, ?, ?)",
        (bytes.fromhex(told["hash"]), told["captioner"], texts, told["made_at"]),
    )


def _calibrations(connection: sqlite3.Connection, _: Root) -> Iterator[Document]:
    """Without biases, which follow from the rest and the vectors."""
    for encoder, mark, bank, texts, owners, meaning, at in connection.execute(
        "SELECT name, mark, bank, texts, owners, meaning, made_at"
        " FROM calibration JOIN encoder ON encoder.id = encoder_id"
    ):
        yield {
            "encoder": encoder,
            "mark": mark,
            "bank": bank,
            "texts": _text(texts),
            "owners": _text(owners),
            "meaning": None if meaning is None else json.loads(meaning),
            "made_at": at,
        }


def _put_calibration(connection: sqlite3.Connection, _: Root, told: Document) -> None:
    meaning = None if told["meaning"] is None else json.dumps(told["meaning"])
    connection.execute(
        "INSERT OR REPLACE INTO calibration"
        " (encoder_id, mark, bank, texts, owners, meaning, revision, biases, made_at)"
        " SELECT id, ?, ?, ?, ?, ?, ?, X'', ? FROM encoder WHERE name = ?",
        (
            told["mark"],
            told["bank"],
            b64decode(told["texts"]),
            b64decode(told["owners"]),
            meaning,
            _UNKNOWN,
            told["made_at"],
            told["encoder"],
        ),
    )


def _kinds(connection: sqlite3.Connection, _: Root) -> Iterator[Document]:
    for encoder, kind in connection.execute(
        "SELECT encoder, kind FROM chosen_index WHERE kind IS NOT NULL"
    ):
        yield {"encoder": encoder, "kind": kinds.meaning(kind), "built": kind}


def _put_kind(connection: sqlite3.Connection, _: Root, told: Document) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO chosen_index (encoder, kind) VALUES (?, ?)",
        (told["encoder"], kinds.in_a_folder(told["built"])),
    )


def _acts(connection: sqlite3.Connection, _: Root) -> Iterator[Document]:
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


def _put_act(connection: sqlite3.Connection, _: Root, told: Document) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO expansion (id, encoder_id, kind, settings, texts, made_at)"
        " SELECT ?, id, ?, ?, ?, ? FROM encoder WHERE name = ?",
        (
            told["id"],
            told["kind"],
            json.dumps(told["settings"]),
            b64decode(told["texts"]),
            told["made_at"],
            told["encoder"],
        ),
    )


def _entries(connection: sqlite3.Connection, _: Root) -> Iterator[Document]:
    """Texts, each with a vector in float16; then moves, each with a shift in float32."""
    for act, encoder, image, text, source, data, number in connection.execute(
        f"SELECT expansion_id, name, image_id, text, source, data, entry.id FROM entry {JOINED}"  # noqa: S608
        " ORDER BY entry.id"
    ):
        told = {"act": act, "encoder": encoder, "image": image, "number of row": number}
        yield told | {"texts": [text], "source": source, "floor": None, "data": _text(data)}
    for number, (act, encoder, image, texts, floor, data) in enumerate(
        connection.execute(
            f"SELECT expansion_id, name, image_id, move.texts, floor, data FROM move {JOINED}"  # noqa: S608
            " ORDER BY expansion_id, image_id"
        )
    ):
        told = {"act": act, "encoder": encoder, "image": image, "number of row": number}
        yield told | {
            "texts": json.loads(texts),
            "source": "query",
            "floor": floor,
            "data": _text(data),
        }


def _put_entry(connection: sqlite3.Connection, _: Root, told: Document) -> None:
    if told["floor"] is None:
        connection.execute(
            "INSERT OR REPLACE INTO entry (id, expansion_id, image_id, text, source, data)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                told["number of row"],
                told["act"],
                told["image"],
                told["texts"][0],
                told["source"],
                b64decode(told["data"]),
            ),
        )
    else:
        connection.execute(
            "INSERT OR REPLACE INTO move (expansion_id, image_id, texts, data, floor)"
            " VALUES (?, ?, ?, ?, ?)",
            (
                told["act"],
                told["image"],
                json.dumps(told["texts"]),
                b64decode(told["data"]),
                told["floor"],
            ),
        )


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")


READERS: Mapping[str, Reader] = {
    PROBLEMS: _problems,
    SESSIONS: _sessions,
    LOG: _log,
    SWITCH: _switch,
    MADE: _captions_documents,
    CALIBRATIONS: _calibrations,
    KINDS: _kinds,
    ACTS: _acts,
    ENTRIES: _entries,
}
WRITERS: Mapping[str, Writer] = {
    PROBLEMS: _put_problem,
    SESSIONS: _put_session,
    LOG: _put_log,
    SWITCH: _put_switch,
    MADE: _put_made,
    CALIBRATIONS: _put_calibration,
    KINDS: _put_kind,
    ACTS: _put_act,
    ENTRIES: _put_entry,
}
