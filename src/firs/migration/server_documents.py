"""What a server has next to images ↔ documents; written twice they are there once."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

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
from firs.milvus.calibrations import CALIBRATION
from firs.milvus.documents import Documents, Note
from firs.milvus.encoder_registry import CHOSEN
from firs.milvus.expansions import (
    ACT,
    CLAIM,
    READ,
    ROWS_OF_AN_ACT,
    ServerExpansions,
    act_key,
    entries_of,
    make_entries,
    row_of,
    texts_of,
)
from firs.milvus.querylog import ALONE, ServerLog
from firs.milvus.querylog import LOG as LOGGED
from firs.milvus.querylog import SWITCH as SWITCHED
from firs.milvus.schema import KEY, Row, decode_array, encode_array, id_of, path_of, to_stored_path
from firs.milvus.server import Server
from firs.milvus.sessions import SESSION, ServerSessions, event_key, event_note
from firs.milvus.stores import CAPTIONER, MilvusGeneratedCaptions
from firs.storage.records import EncoderRecord, batches

_CHECKED_AT_ONCE = 500
PROBLEM = "problem"


class ServerDocuments:
    """The documents of one collection.

    Args:
        server: as one who writes needs it.
        name: of the collection.
        notes: of it.
    """

    def __init__(self, server: Server, name: str, notes: Documents) -> None:
        self._server = server
        self._name = name
        self._notes = notes
        self._log = ServerLog(notes)
        self.encoders: Mapping[str, EncoderRecord] = {}

    def read(self, kind: str) -> Iterator[Document]:
        """All of a kind."""
        readers = {
            PROBLEMS: self._problems,
            SESSIONS: self._sessions,
            LOG: self._log_documents,
            SWITCH: self._switch,
            MADE: self._captions_documents,
            CALIBRATIONS: self._calibrations,
            KINDS: self._kinds,
            ACTS: self._acts,
            ENTRIES: self._entries,
        }
        return readers[kind]()

    def write(self, kind: str, documents: Sequence[Document]) -> None:
        """Take in some of a kind."""
        writers = {ENTRIES: self._put_entries, MADE: self._put_made, ACTS: self._put_acts}
        if kind in writers:
            writers[kind](documents)
        else:
            self._notes.write(note for each in documents for note in _NOTES[kind](each))

    def _problems(self) -> Iterator[Document]:
        for _, told in self._notes.each(PROBLEM):
            yield {
                "path": path_of(told["path"]),
                "reason": told["reason"],
                "seen_at": told["seen_at"],
            }

    def _sessions(self) -> Iterator[Document]:
        sessions = ServerSessions(self._notes, self._log)
        for id_ in (key for key in self._notes.keys(SESSION) if "/" not in key):
            told = self._notes.get(SESSION, [id_])[id_]
            events = [[key.at, event] for key, event in sessions.events(id_)]
            yield {"id": id_, **told, "events": events}

    def _log_documents(self) -> Iterator[Document]:
        found = [(_log_keys(key) | dict(told)) for key, told in self._notes.each(LOGGED)]
        found.sort(key=lambda each: int(each["order"]))
        yield from self._of_images(found)

    def _switch(self) -> Iterator[Document]:
        if self._log.is_on:
            yield {"query_log": "on"}

    def _captions_documents(self) -> Iterator[Document]:
        made = MilvusGeneratedCaptions(self._notes)
        for _, captioner in self._notes.each(CAPTIONER):
            for told in made.each(captioner["name"]):
                yield {
                    "hash": told["hash"],
                    "captioner": captioner["name"],
                    "made_at": told["at"],
                    "texts": told["texts"],
                }

    def _calibrations(self) -> Iterator[Document]:
        for encoder in self._notes.keys(CALIBRATION):
            for _, (told, mark) in self._notes.get_with_stamps(CALIBRATION, [encoder]):
                yield {
                    "encoder": encoder,
                    "mark": mark,
                    "bank": told["bank"],
                    "texts": _text(decode_array(told["texts"]).tobytes()),
                    "owners": _text(decode_array(told["owners"]).tobytes()),
                    "meaning": told["meaning"],
                    "made_at": told["made_at"],
                }

    def _kinds(self) -> Iterator[Document]:
        for encoder, told in self._notes.each(CHOSEN):
            if told.get("kind"):
                yield {
                    "encoder": encoder,
                    "kind": kinds.meaning(told["kind"]),
                    "built": told["kind"],
                }

    def _acts(self) -> Iterator[Document]:
        for _, told in self._notes.each(ACT):
            yield dict(told) | {"texts": _text(decode_array(told["texts"]).tobytes())}

    def _entries(self) -> Iterator[Document]:
        expansions = ServerExpansions(self._notes, self._log)
        for encoder in dict.fromkeys(act.encoder for act in expansions.acts()):
            yield from self._of_images(
                _entry(encoder, row) for row in expansions.rows(encoder, fields=READ)
            )

    def _of_images(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Those of images that are there: others are left over from a removal that was killed."""
        for part in batches(documents, _CHECKED_AT_ONCE):
            images = {each["image"] for each in part} - {None}
            there = self._server.get(self._name, images) if images else {}
            yield from (each for each in part if each["image"] in (None, *there))

    def _put_made(self, documents: Sequence[Document]) -> None:
        made = MilvusGeneratedCaptions(self._notes)
        for captioner in dict.fromkeys(each["captioner"] for each in documents):
            made.put(
                captioner,
                {
                    each["hash"]: (each["texts"], each["made_at"])
                    for each in documents
                    if each["captioner"] == captioner
                },
            )

    def _put_acts(self, acts: Sequence[Document]) -> None:
        """Have room for the entries of acts, too, and give their numbers to no other act."""
        for encoder in dict.fromkeys(each["encoder"] for each in acts):
            make_entries(self._server, self._name, self.encoders[encoder])
        self._notes.put(ACT, {act_key(each["id"]): self._act(each) for each in acts})
        self._notes.put(CLAIM, {ACT: {"number": max(each["id"] for each in acts)}})

    def _act(self, told: Document) -> Document:
        texts = np.frombuffer(b64decode(told["texts"]), np.float16)
        rows = texts.reshape(-1, self.encoders[told["encoder"]].dim)
        return dict(told) | {"texts": encode_array(rows)}

    def _put_entries(self, documents: Sequence[Document]) -> None:
        for encoder in dict.fromkeys(each["encoder"] for each in documents):
            home = entries_of(self._name, encoder)
            mine = (each for each in documents if each["encoder"] == encoder)
            self._server.upsert(home, map(_entry_row, mine))


def _problem(told: Document) -> Iterator[Note]:
    document = dict(told) | {"path": to_stored_path(told["path"])}
    yield Note(PROBLEM, str(id_of(told["path"])), document)


def _session(told: Document) -> Iterator[Note]:
    for number, (at, event) in enumerate(told["events"]):
        yield event_note(event_key(told["id"], number, at, event, "0000"), event)
    document = {"created_at": told["created_at"], "document": told["document"]}
    yield Note(SESSION, told["id"], document)


def _log_note(told: Document) -> Iterator[Note]:
    number = 0 if told["number"] is None else told["number"] + 1
    kept = {key: told[key] for key in ("at", "text", "kind", "order", "image")}
    key = f"{told['session'] or ALONE}/{number:06d}/{told['order']}"
    yield Note(LOGGED, key, {name: value for name, value in kept.items() if value is not None})


def _log_keys(key: str) -> dict[str, Any]:
    """Return the contents of a log document's key, which the document may lack."""
    session, number, _ = key.split("/")
    return {
        "session": None if session == ALONE else session,
        "number": int(number) - 1 if int(number) else None,
        "image": None,
    }


def _switch_note(told: Document) -> Iterator[Note]:
    yield Note(SWITCHED, "query_log", {"on": told["query_log"] == "on"})


def _calibration(told: Document) -> Iterator[Note]:
    owners = np.frombuffer(b64decode(told["owners"]), np.int64)
    texts = np.frombuffer(b64decode(told["texts"]), np.float16)
    document = {
        "bank": told["bank"],
        "texts": encode_array(texts.reshape(len(owners), -1)),
        "owners": encode_array(owners),
        "meaning": told["meaning"],
        "revision": 0,
        "biases": encode_array(np.empty(0, np.float32)),
        "made_at": told["made_at"],
    }
    yield Note(CALIBRATION, told["encoder"], document, told["mark"])


def _kind(told: Document) -> Iterator[Note]:
    yield Note(CHOSEN, told["encoder"], {"kind": kinds.on_a_server(told["built"]), "used": None})


_NOTES = {
    PROBLEMS: _problem,
    SESSIONS: _session,
    LOG: _log_note,
    SWITCH: _switch_note,
    CALIBRATIONS: _calibration,
    KINDS: _kind,
}


def _entry(encoder: str, row: Row) -> Document:
    dtype = np.float32 if row["is_move"] else np.float16
    return {
        "act": row["act"],
        "encoder": encoder,
        "image": int(row["image"]),
        "number of row": row[KEY],
        "texts": list(texts_of(row)),
        "source": row["source"],
        "floor": row["floor"] if row["is_move"] else None,
        "data": _text(np.array(row["vector"], dtype).tobytes()),
    }


def _entry_row(told: Document) -> Row:
    is_move = told["floor"] is not None
    data = np.frombuffer(b64decode(told["data"]), np.float32 if is_move else np.float16)
    number = told["number of row"] % ROWS_OF_AN_ACT
    return row_of(
        told["act"], number, told["image"], told["texts"], told["source"], data, told["floor"]
    )


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
