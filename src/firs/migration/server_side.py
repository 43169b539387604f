"""A collection on a Milvus server as one side of a migration."""

import logging
from base64 import b64decode, b64encode
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from firs.collection.store import MARK, MIGRATION
from firs.errors import EncoderError, InputError
from firs.migration.documents import APPROXIMATE, BITS, EXACT, PortableDocuments
from firs.migration.parts import ACTS, Image, Mark, Part
from firs.milvus.address import Address
from firs.milvus.documents import MilvusDocuments
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
from firs.milvus.index_kinds import KINDS
from firs.milvus.rows import (
    COLUMNS,
    caption_fields,
    captions_of,
    register_tags,
    vector_row,
    write_images,
)
from firs.milvus.schema import (
    KEY,
    STORED_PATHS,
    Row,
    check_images,
    draw_of,
    encoders,
    make_images,
    make_vectors,
    path_of,
    to_stored_path,
    vectors_of,
)
from firs.milvus.server import Server
from firs.storage.documents import Document, decode_array, encode_array
from firs.storage.records import EncoderRecord, batches

_log = logging.getLogger(__name__)

_AT_ONCE = 2_000
_CHECKED_AT_ONCE = 500
_INDEXES = {EXACT: "flat", BITS: "bin-flat", APPROXIMATE: "hnsw"}


class ServerSide:
    """See ``firs.migration.parts``; it waits through a restart of the server.

    Args:
        place: its address.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._address = Address.parse(place)
        self._name = self._address.name
        self.location = str(self._address)
        self._enlisted: Mapping[str, EncoderRecord] = {}

    @contextmanager
    def open(self, *, writing: bool) -> Iterator[None]:
        with Server(self._address) as server:
            server.version()
            self._server = server.writer()
            self._notes = MilvusDocuments(self._server, self._name)
            self.documents = PortableDocuments(
                self._notes, STORED_PATHS, KINDS.__contains__, _INDEXES, self._existing
            )
            if not writing or server.has(self._name):
                check_images(server, self._name)
            yield

    def mark(self) -> Mark | None:
        body = self._notes.get(MIGRATION, [MARK]).get(MARK)
        return None if body is None else Mark(**body)

    def set_mark(self, mark: Mark | None) -> None:
        if mark is None:
            self._notes.forget(MIGRATION, [MARK])
        else:
            self._notes.put(MIGRATION, {MARK: {"source": mark.source, "after": mark.after}})

    def count(self) -> int:
        return self._server.count(self._name) if self._server.has(self._name) else 0

    def encoders(self) -> Sequence[EncoderRecord]:
        found = encoders(self._server, self._name)
        return [each for each in found if self._server.count(vectors_of(self._name, each.name))]

    def images(self, after: int = 0) -> Iterator[list[Image]]:
        stored = self.encoders()
        for rows in self._server.iterate(self._name, fields=COLUMNS, size=_AT_ONCE, after=after):
            vectors = {each.name: self._vectors(each, rows) for each in stored}
            yield [_image(row, vectors) for row in rows]

    def parts(self, kind: str) -> Iterator[Part]:
        return self._acts() if kind == ACTS else self._entries()

    def enlist(self, encoders: Iterable[EncoderRecord]) -> None:
        make_images(self._server, self._name)
        for each in encoders:
            make_vectors(self._server, self._name, each)
        self._enlisted = {each.name: each for each in self._all_encoders()}

    def put_images(self, images: Sequence[Image], mark: Mark) -> None:
        rows = {each.id: _row(each) for each in images}
        for encoder in self._enlisted.values():
            having = [each for each in images if encoder.name in each.vectors]
            self._server.upsert(
                vectors_of(self._name, encoder.name),
                (
                    vector_row(
                        rows[each.id],
                        np.frombuffer(each.vectors[encoder.name], encoder.dtype).astype(np.float32),
                    )
                    for each in having
                ),
            )
        write_images(self._server, self._name, rows.values())
        register_tags(self._notes, sorted({tag for each in images for tag in each.tags}))
        self.set_mark(mark)

    def put_documents(self, documents: Sequence[Document]) -> None:
        self.documents.put(documents)

    def put_parts(self, kind: str, parts: Sequence[Part]) -> None:
        put = self._put_acts if kind == ACTS else self._put_entries
        put(parts)

    def build(self) -> None:
        """Have all stored for good, and build the indexes that were chosen, where that can be.

        Those of encoders that cannot be opened here are not built.
        """
        from firs.collection import Collection
        from firs.milvus.store import StoredCounts

        StoredCounts(self._notes).save()
        with Collection(self._place, create=False) as made:
            for encoder, chosen in self._notes.each(CHOSEN):
                try:
                    made.index.choose(chosen["kind"], encoder)
                except (EncoderError, InputError) as error:
                    _log.warning(
                        "The index %s of %s is not built yet, all vectors are compared: %s",
                        chosen["kind"],
                        encoder,
                        error,
                    )

    def _all_encoders(self) -> Sequence[EncoderRecord]:
        return encoders(self._server, self._name)

    def _vectors(self, encoder: EncoderRecord, rows: Sequence[Row]) -> dict[int, bytes]:
        home = vectors_of(self._name, encoder.name)
        found = self._server.get(home, [row[KEY] for row in rows], ("vector",))
        return {
            int(id_): np.array(row["vector"], np.float32).astype(encoder.dtype).tobytes()
            for id_, row in found.items()
        }

    def _existing(self, images: Sequence[int]) -> Container[int]:
        return {int(id_) for id_ in self._server.get(self._name, images)}

    def _acts(self) -> Iterator[Part]:
        for _, act in self._notes.each(ACT):
            yield dict(act) | {"texts": _text(decode_array(act["texts"]).tobytes())}

    def _entries(self) -> Iterator[Part]:
        expansions = ServerExpansions(self._notes)
        for encoder in dict.fromkeys(step.encoder for step in expansions.steps()):
            yield from self._of_images(
                _entry(encoder, row) for row in expansions.rows(encoder, fields=READ)
            )

    def _of_images(self, documents: Iterable[Part]) -> Iterator[Part]:
        """Those of images that are there: others are left over from a removal that was killed."""
        for part in batches(documents, _CHECKED_AT_ONCE):
            images = {each["image"] for each in part} - {None}
            there = self._server.get(self._name, images) if images else {}
            yield from (each for each in part if each["image"] in (None, *there))

    def _put_acts(self, acts: Sequence[Part]) -> None:
        """Have room for the entries of acts, too, and give their numbers to no other act."""
        for encoder in dict.fromkeys(each["encoder"] for each in acts):
            make_entries(self._server, self._name, self._enlisted[encoder])
        self._notes.put(ACT, {act_key(each["id"]): self._act(each) for each in acts})
        self._notes.put(CLAIM, {ACT: {"number": max(each["id"] for each in acts)}})

    def _act(self, part: Part) -> Part:
        texts = np.frombuffer(b64decode(part["texts"]), np.float16)
        rows = texts.reshape(-1, self._enlisted[part["encoder"]].dim)
        return dict(part) | {"texts": encode_array(rows)}

    def _put_entries(self, documents: Sequence[Part]) -> None:
        for encoder in dict.fromkeys(each["encoder"] for each in documents):
            home = entries_of(self._name, encoder)
            mine = (each for each in documents if each["encoder"] == encoder)
            self._server.upsert(home, map(_entry_row, mine))


def _image(row: Row, vectors: dict[str, dict[int, bytes]]) -> Image:
    id_ = int(row[KEY])
    return Image(
        id_,
        path_of(row["path"]),
        row["hash"],
        row["bytes"],
        row["mtime_ns"],
        row["width"],
        row["height"],
        row["format"],
        row["added_at"],
        tuple((each["text"], each["source"]) for each in captions_of(row)),
        tuple(sorted(row["tags"])),
        {name: those[id_] for name, those in vectors.items() if id_ in those},
    )


def _row(image: Image) -> Row:
    return {
        KEY: image.id,
        "path": to_stored_path(image.path),
        "hash": image.hash,
        "bytes": image.size,
        "mtime_ns": image.mtime_ns,
        "width": image.width,
        "height": image.height,
        "format": image.format,
        "added_at": image.added_at,
        "tags": list(image.tags),
        "draw": draw_of(image.id),
    } | caption_fields([{"text": text, "source": source} for text, source in image.captions])


def _entry(encoder: str, row: Row) -> Part:
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


def _entry_row(part: Part) -> Row:
    is_move = part["floor"] is not None
    data = np.frombuffer(b64decode(part["data"]), np.float32 if is_move else np.float16)
    number = part["number of row"] % ROWS_OF_AN_ACT
    return row_of(
        part["act"], number, part["image"], part["texts"], part["source"], data, part["floor"]
    )


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
