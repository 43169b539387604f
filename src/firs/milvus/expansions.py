"""Expansion acts on a server: text entries and moves of images.

An act is recorded after its rows are written, and its record is removed before them: rows of
unrecorded acts are ignored, so an act is applied completely or not at all.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firs.collection.expansions import MOVES, Entry, ExpansionRecord, ImageExpansion
from firs.collection.store import Moving
from firs.errors import InputError
from firs.expansion.moves import Move
from firs.milvus.documents import MilvusDocuments
from firs.milvus.images import captioned_images
from firs.milvus.schema import KEY, Field, Row, VectorIndex, encode_description, encoders, slug
from firs.milvus.server import Hits, Server
from firs.storage.database import now
from firs.storage.documents import Body, Document, decode_array, encode_array
from firs.storage.records import EncoderRecord

ENTRIES = "entries"

TOLD = ("act", "image", "is_move", "text", "source", "floor")
"""What is read of them without their vectors."""

READ = (*TOLD, "vector")

_LONGEST = 65_535
ROWS_OF_AN_ACT = 1 << 32
"""Rows that one act has at most."""


def entries_of(name: str, encoder: str) -> str:
    """Return the name of the Milvus collection of an encoder's entries and moves."""
    return f"{name}_e_{slug(encoder)}"


def make_entries(server: Server, name: str, encoder: EncoderRecord) -> None:
    """Create that Milvus collection unless it exists and is ready."""
    fields = (
        Field(KEY, "INT64"),
        Field("act", "INT64"),
        Field("image", "INT64"),
        Field("is_move", "INT64"),
        Field("text", "VARCHAR", length=_LONGEST),
        Field("source", "VARCHAR", length=_LONGEST),
        Field("floor", "DOUBLE"),
        Field("vector", "FLOAT_VECTOR", dim=encoder.dim),
    )
    description = encode_description(ENTRIES, of=name, encoder=encoder.name)
    # Moves have any length, and entries have the length 1.
    index, shards = VectorIndex(metric="IP"), server.describe(name).shards
    server.create(entries_of(name, encoder.name), fields, description, index, shards)


def entry_rows(act: int, entries: Iterable[Entry]) -> Iterator[Row]:
    """Rows of texts that join with an act."""
    for number, each in enumerate(entries):
        yield row_of(act, number, each.image, [each.text], each.source, each.data)


def move_rows(act: int, moves: Iterable[Moving]) -> Iterator[Row]:
    """Rows of images that an act moves."""
    for number, (image, texts, move) in enumerate(moves):
        yield row_of(act, number, image, texts, "query", move.shift, float(move.floor))


def row_of(
    act: int,
    number: int,
    image: int,
    texts: Sequence[str],
    source: str,
    vector: NDArray[Any],
    floor: float | None = None,
) -> Row:
    """Return the row of a text, or with a ``floor`` of a move; ``number`` makes it unique."""
    return {
        KEY: act * ROWS_OF_AN_ACT + number,
        "act": act,
        "image": int(image),
        "is_move": int(floor is not None),
        "text": texts[0] if floor is None else json.dumps(list(texts)),
        "source": source,
        "floor": floor or 0.0,
        "vector": vector.astype(np.float32),
    }


def texts_of(row: Row) -> Sequence[str]:
    """Return the texts of an entry, or the queries of a move."""
    return [str(each) for each in json.loads(row["text"])] if row["is_move"] else [row["text"]]


def entry_of(row: Row) -> Entry:
    """Return a row as a text entry of an image."""
    return Entry(int(row["image"]), row["text"], row["source"], np.array(row["vector"], np.float16))


def move_of(row: Row) -> Move:
    """How an image is moved."""
    return Move(np.array(row["vector"], np.float32), float(row["floor"]))


ACT, STATE, CLAIM = "act", "expanded", "claim"


@dataclass(frozen=True, slots=True)
class Act:
    """A recorded expansion.

    Args:
        id: number by which it is undone.
        encoder: name of the encoder.
        kind: ``captions``, ``queries`` or ``moves``.
        settings: its options, and with texts their parameters.
        texts: float16 ``(r, dim)``, everyday texts for the scale.
        made_at: time in ISO 8601.
    """

    id: int
    encoder: str
    kind: str
    settings: dict[str, Any]
    texts: NDArray[np.float16]
    made_at: str


class ServerExpansions:
    """See ``firs.collection.store``; and what searches by it need.

    Args:
        notes: the documents of the collection.
    """

    def __init__(self, notes: MilvusDocuments) -> None:
        self._notes = notes
        self._server = notes.server
        self._name = notes.name

    def records(self) -> list[ExpansionRecord]:
        """All acts of adding, the newest first."""
        return [self._record(act) for act in reversed(self.acts())]

    def expansions_of(self, image: int) -> list[ImageExpansion]:
        """What an image is also found by, the oldest first."""
        if not self._server.get(self._name, [image]):
            raise InputError(f"There is no image with the id {image} in the collection.")
        acts = self.acts()
        kinds = {act.id: act.kind for act in acts}
        found = [
            row
            for encoder in dict.fromkeys(act.encoder for act in acts)
            for row in self.rows(encoder, [image])
        ]
        found.sort(key=lambda row: (row["is_move"], row["id"]))
        return [each for row in found for each in _expansions_in(row, kinds[row["act"]])]

    def forget(self, id_: int) -> bool:
        """Take an act back; false if there is none of this number."""
        act = next((act for act in self.acts(fresh=True) if act.id == id_), None)
        if act is None:
            return False
        self._notes.forget(ACT, [act_key(id_)])
        self._invalidate(act.encoder)
        self._server.delete_where(entries_of(self._name, act.encoder), f"act == {id_}")
        return True

    def write_entries(
        self,
        encoder: str,
        kind: str,
        settings: dict[str, Any],
        texts: NDArray[np.float16],
        entries: Iterable[Entry],
    ) -> int:
        """Keep texts that join; return the number of the act."""
        given = list(entries)
        there = self._there(each.image for each in given)
        joining = [each for each in given if each.image in there]
        act = Act(self._claim(), encoder, kind, settings, texts, now())
        return self.put(act, lambda: entry_rows(act.id, joining))

    def write_moves(self, encoder: str, settings: dict[str, Any], moves: Iterable[Moving]) -> int:
        """Keep moves of images; return the number of the act."""
        given = list(moves)
        there = self._there(image for image, _, _ in given)
        moved = [each for each in given if each[0] in there]
        act = Act(self._claim(), encoder, MOVES, settings, np.empty(0, np.float16), now())
        return self.put(act, lambda: move_rows(act.id, moved))

    def put(self, act: Act, rows: Callable[[], Iterable[Row]]) -> int:
        """Keep an act with its number, once its rows are there."""
        stored = {each.name: each for each in encoders(self._server, self._name)}
        make_entries(self._server, self._name, stored[act.encoder])
        self._server.upsert(entries_of(self._name, act.encoder), rows())
        self._notes.put(ACT, {act_key(act.id): _document(act)})
        self._invalidate(act.encoder)
        return act.id

    def captions(self, source: str | None) -> list[tuple[int, str, str]]:
        """Captions, of one source or all: image, text and source, by image.

        All images that have captions are read for it.
        """
        return [
            (image, each["text"], each["source"])
            for image, captions in captioned_images(self._server, self._name)
            for each in captions
            if source in (None, each["source"])
        ]

    def text_entries(self, encoder: str) -> list[tuple[int, str, bytes]]:
        """Return the text entries: image, text and its embedding, float16."""
        return [
            (int(row["image"]), row["text"], np.array(row["vector"], np.float16).tobytes())
            for row in self.rows(encoder, where="is_move == 0")
        ]

    def query_moves(self, encoder: str) -> list[tuple[int, str]]:
        """The images that are moved, and the queries that they are moved to."""
        return [
            (int(row["image"]), text)
            for row in self.rows(encoder, where="is_move == 1", fields=TOLD)
            for text in texts_of(row)
        ]

    def acts(self, encoder: str | None = None, *, fresh: bool = False) -> list[Act]:
        """All acts, of one encoder or any, the oldest first."""
        found = (_act(document) for _, document in self._notes.each(ACT, fresh=fresh))
        return [act for act in found if encoder in (None, act.encoder)]

    def state(self, encoder: str) -> str | None:
        """Return an identifier of an encoder's entries and moves; None if there are none."""
        return self._notes.stamp(STATE, encoder)

    def rows(
        self,
        encoder: str,
        images: Sequence[int] | None = None,
        where: str = "",
        fields: Sequence[str] = READ,
    ) -> Iterator[Row]:
        """Entries and moves of an encoder, of some images or of all, by the act and its order."""
        acts = [act.id for act in self.acts(encoder)]
        if not acts:
            return
        chosen = [f"act in {acts}", where]
        if images is not None:
            chosen.append(f"image in {json.dumps([int(each) for each in images])}")
        whole = " and ".join(filter(None, chosen))
        for part in self._server.iterate(entries_of(self._name, encoder), whole, fields):
            yield from part

    def nearest(self, encoder: str, vectors: NDArray[np.float32], k: int) -> list[Hits]:
        """Return the nearest texts of each vector ``(q, dim)``: rows with the fields ``TOLD``."""
        acts = [act.id for act in self.acts(encoder)]
        if not acts:
            return []
        where = f"is_move == 0 and act in {acts}"
        return self._server.search(entries_of(self._name, encoder), vectors, k, where, TOLD)

    def forget_images(self, images: Sequence[int]) -> None:
        """Remove entries and moves of images that were removed or replaced."""
        listed = json.dumps([int(each) for each in images])
        for encoder in dict.fromkeys(act.encoder for act in self.acts()):
            home = entries_of(self._name, encoder)
            if images and self._server.delete_where(home, f"image in {listed}"):
                self._invalidate(encoder)

    def forget_encoder(self, encoder: str) -> None:
        """Remove all expansions of an encoder when its embeddings are removed."""
        self._notes.forget(ACT, [act_key(act.id) for act in self.acts(encoder, fresh=True)])
        self._notes.forget(STATE, [encoder])
        self._server.drop(entries_of(self._name, encoder))

    def _record(self, act: Act) -> ExpansionRecord:
        rows = list(self.rows(act.encoder, where=f"act == {act.id}", fields=TOLD))
        return ExpansionRecord(
            act.id,
            act.kind,
            act.encoder,
            images=len({row["image"] for row in rows}),
            texts=sum(len(texts_of(row)) for row in rows),
            settings=act.settings,
            made_at=datetime.fromisoformat(act.made_at),
        )

    def _there(self, images: Iterable[int]) -> set[int]:
        return {int(each) for each in self._server.get(self._name, images, consistency="Strong")}

    def _invalidate(self, encoder: str) -> None:
        self._notes.put(STATE, {encoder: {}})

    def _claim(self) -> int:
        """The number of a new act, which no other act has or had."""
        while True:
            last = self._notes.get(CLAIM, [ACT], fresh=True).get(ACT, {"number": 0})
            number, stamp = int(last["number"]) + 1, secrets.token_hex(8)
            self._notes.write([Document(CLAIM, ACT, {"number": number}, stamp)])
            if [(ACT, stamp)] == [
                (key, mine)
                for key, (_, mine) in self._notes.get_with_stamps(CLAIM, [ACT], fresh=True)
            ]:
                return number


def _expansions_in(row: Row, kind: str) -> Iterator[ImageExpansion]:
    if row["is_move"]:
        for text in texts_of(row):
            yield ImageExpansion(row["act"], MOVES, text, "query", move_of(row).degrees)
    else:
        yield ImageExpansion(row["act"], kind, row["text"], row["source"])


def _document(act: Act) -> Body:
    return asdict(act) | {"texts": encode_array(act.texts)}


def _act(document: Body) -> Act:
    fields = {
        **document,
        "settings": dict(document["settings"]),
        "texts": decode_array(document["texts"]),
    }
    return Act(**fields)


def act_key(id_: int) -> str:
    """By which an act is noted."""
    return f"{id_:09d}"
