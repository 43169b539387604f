"""The expansion steps of a collection on a server: text entries and moves of images.

A step is recorded after its rows are written, and its record is removed before them. Rows of
unrecorded steps are ignored, so a step is applied completely or not at all.
"""

import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
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

ACT, STATE, CLAIM = "act", "expanded", "claim"
"""Kinds of documents: the record of a step, the state of an encoder, and the last id of a step."""

COLUMNS = ("act", "image", "is_move", "text", "source", "floor")
"""The fields of an entry or move, without its vector; ``act`` is the id of its step."""

READ = (*COLUMNS, "vector")

_LONGEST = 65_535
ROWS_OF_AN_ACT = 1 << 32
"""Maximum number of rows of one step."""


def entries_of(name: str, encoder: str) -> str:
    """Return the name of the Milvus collection of an encoder's entries and moves."""
    return f"{name}_e_{slug(encoder)}"


def make_entries(server: Server, name: str, encoder: EncoderRecord) -> None:
    """Create this Milvus collection, or complete it."""
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
    description = encode_description("entries", of=name, encoder=encoder.name)
    # Moves have any length, and entries have the length 1.
    index, shards = VectorIndex(metric="IP"), server.describe(name).shards
    server.create(entries_of(name, encoder.name), fields, description, index, shards)


def row_of(
    step: int,
    number: int,
    image: int,
    texts: Sequence[str],
    source: str,
    vector: NDArray[Any],
    floor: float | None = None,
) -> Row:
    """Return the row of a text, or with a ``floor`` of a move; ``number`` makes it unique."""
    return {
        KEY: step * ROWS_OF_AN_ACT + number,
        "act": step,
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
    """Return the move of an image from its row."""
    return Move(np.array(row["vector"], np.float32), float(row["floor"]))


@dataclass(frozen=True, slots=True)
class ExpansionStep:
    """The record of an expansion step.

    Args:
        id: number by which it is undone.
        encoder: name of the encoder.
        kind: ``captions``, ``queries`` or ``moves``.
        settings: its options, and with texts their parameters.
        texts: embeddings of everyday texts for the scale, float16 ``(r, dim)``.
        made_at: time in ISO 8601.
    """

    id: int
    encoder: str
    kind: str
    settings: dict[str, Any]
    texts: NDArray[np.float16]
    made_at: str


class ServerExpansions:
    """The expansions of one collection: see ``firs.collection.store``; and reads for searches.

    Args:
        notes: documents of the collection.
    """

    def __init__(self, notes: MilvusDocuments) -> None:
        self._notes = notes
        self._server = notes.server
        self._name = notes.name

    def records(self) -> list[ExpansionRecord]:
        return [self._record(step) for step in reversed(self.steps())]

    def expansions_of(self, image: int) -> list[ImageExpansion]:
        if not self._server.get(self._name, [image]):
            raise InputError(f"There is no image with the id {image} in the collection.")
        steps = self.steps()
        kinds = {step.id: step.kind for step in steps}
        encoders = dict.fromkeys(step.encoder for step in steps)
        found = [row for encoder in encoders for row in self.rows(encoder, [image])]
        found.sort(key=lambda row: (row["is_move"], row["id"]))
        return [each for row in found for each in _expansions_in(row, kinds[row["act"]])]

    def forget(self, id_: int) -> bool:
        """Undo a step; return False if there is none with this id."""
        step = next((step for step in self.steps(fresh=True) if step.id == id_), None)
        if step is None:
            return False
        self._notes.forget(ACT, [act_key(id_)])
        self._change_state(step.encoder)
        self._server.delete_where(entries_of(self._name, step.encoder), f"act == {id_}")
        return True

    def write_entries(
        self,
        encoder: str,
        kind: str,
        settings: dict[str, Any],
        texts: NDArray[np.float16],
        entries: Iterable[Entry],
    ) -> int:
        """Store text entries of the images that exist; return the id of the step."""
        every = list(entries)
        images = self._existing(each.image for each in every)
        joining = (each for each in every if each.image in images)
        step = ExpansionStep(self._claim_id(), encoder, kind, settings, texts, now())
        return self._put(
            step,
            (
                row_of(step.id, number, each.image, [each.text], each.source, each.data)
                for number, each in enumerate(joining)
            ),
        )

    def write_moves(self, encoder: str, settings: dict[str, Any], moves: Iterable[Moving]) -> int:
        """Store moves of the images that exist; return the id of the step."""
        every = list(moves)
        images = self._existing(image for image, _, _ in every)
        moved = (each for each in every if each[0] in images)
        none = np.empty(0, np.float16)
        step = ExpansionStep(self._claim_id(), encoder, MOVES, settings, none, now())
        return self._put(
            step,
            (
                row_of(step.id, number, image, texts, "query", move.shift, float(move.floor))
                for number, (image, texts, move) in enumerate(moved)
            ),
        )

    def _put(self, step: ExpansionStep, rows: Iterable[Row]) -> int:
        """Record a step after its rows are written."""
        stored = {each.name: each for each in encoders(self._server, self._name)}
        make_entries(self._server, self._name, stored[step.encoder])
        self._server.upsert(entries_of(self._name, step.encoder), rows)
        body = asdict(step) | {"texts": encode_array(step.texts)}
        self._notes.put(ACT, {act_key(step.id): body})
        self._change_state(step.encoder)
        return step.id

    def captions(self, source: str | None) -> list[tuple[int, str, str]]:
        return [
            (image, each["text"], each["source"])
            for image, captions in captioned_images(self._server, self._name)
            for each in captions
            if source in (None, each["source"])
        ]

    def text_entries(self, encoder: str) -> list[tuple[int, str, bytes]]:
        return [
            (int(row["image"]), row["text"], np.array(row["vector"], np.float16).tobytes())
            for row in self.rows(encoder, where="is_move == 0")
        ]

    def query_moves(self, encoder: str) -> list[tuple[int, str]]:
        return [
            (int(row["image"]), text)
            for row in self.rows(encoder, where="is_move == 1", fields=COLUMNS)
            for text in texts_of(row)
        ]

    def steps(self, encoder: str | None = None, *, fresh: bool = False) -> list[ExpansionStep]:
        """Return all steps, of one encoder or any, oldest first."""
        found = (_parse_step(body) for _, body in self._notes.each(ACT, fresh=fresh))
        return [step for step in found if encoder in (None, step.encoder)]

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
        """Yield the entries and moves of an encoder, by their step and order.

        Args:
            encoder: name of the encoder.
            images: only those of these images.
            where: only those that match this expression.
            fields: the fields to read.
        """
        steps = [step.id for step in self.steps(encoder)]
        if not steps:
            return
        conditions = [f"act in {steps}", where]
        if images is not None:
            conditions.append(f"image in {[int(each) for each in images]}")
        condition = " and ".join(filter(None, conditions))
        for part in self._server.iterate(entries_of(self._name, encoder), condition, fields):
            yield from part

    def nearest(self, encoder: str, vectors: NDArray[np.float32], k: int) -> list[Hits]:
        """Return the nearest texts of each vector ``(q, dim)``, with the fields ``COLUMNS``."""
        steps = [step.id for step in self.steps(encoder)]
        if not steps:
            return []
        where = f"is_move == 0 and act in {steps}"
        return self._server.search(entries_of(self._name, encoder), vectors, k, where, COLUMNS)

    def forget_images(self, images: Sequence[int]) -> None:
        """Remove entries and moves of images that were removed or replaced."""
        ids = [int(each) for each in images]
        for encoder in dict.fromkeys(step.encoder for step in self.steps()):
            home = entries_of(self._name, encoder)
            if ids and self._server.delete_where(home, f"image in {ids}"):
                self._change_state(encoder)

    def forget_encoder(self, encoder: str) -> None:
        """Remove all expansions of an encoder when its embeddings are removed."""
        self._notes.forget(ACT, [act_key(step.id) for step in self.steps(encoder, fresh=True)])
        self._notes.forget(STATE, [encoder])
        self._server.drop(entries_of(self._name, encoder))

    def _record(self, step: ExpansionStep) -> ExpansionRecord:
        rows = list(self.rows(step.encoder, where=f"act == {step.id}", fields=COLUMNS))
        return ExpansionRecord(
            step.id,
            step.kind,
            step.encoder,
            images=len({row["image"] for row in rows}),
            texts=sum(len(texts_of(row)) for row in rows),
            settings=step.settings,
            made_at=datetime.fromisoformat(step.made_at),
        )

    def _existing(self, images: Iterable[int]) -> set[int]:
        return {int(each) for each in self._server.get(self._name, images, consistency="Strong")}

    def _change_state(self, encoder: str) -> None:
        self._notes.put(STATE, {encoder: {}})

    def _claim_id(self) -> int:
        """Return an id for a new step, which no other step has or had."""
        while True:
            last = self._notes.get(CLAIM, [ACT], fresh=True).get(ACT, {"number": 0})
            number, stamp = int(last["number"]) + 1, secrets.token_hex(8)
            self._notes.write([Document(CLAIM, ACT, {"number": number}, stamp)])
            found = dict(self._notes.get_with_stamps(CLAIM, [ACT], fresh=True))
            if ACT in found and found[ACT][1] == stamp:
                return number


def _expansions_in(row: Row, kind: str) -> Iterator[ImageExpansion]:
    if row["is_move"]:
        for text in texts_of(row):
            yield ImageExpansion(row["act"], MOVES, text, "query", move_of(row).degrees)
    else:
        yield ImageExpansion(row["act"], kind, row["text"], row["source"])


def _parse_step(body: Body) -> ExpansionStep:
    arguments = dict(body) | {"texts": decode_array(body["texts"])}
    return ExpansionStep(**arguments)


def act_key(id_: int) -> str:
    """Return the key of the record of a step."""
    return f"{id_:09d}"
