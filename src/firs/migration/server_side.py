"""A collection on a Milvus server as one side of a migration."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from firs.collection.store import MARK, MIGRATION
from firs.errors import EncoderError, InputError
from firs.migration.parts import Document, Image, Mark
from firs.migration.server_documents import ServerDocuments
from firs.milvus.address import Address
from firs.milvus.documents import Documents
from firs.milvus.encoder_registry import CHOSEN
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
from firs.storage.records import EncoderRecord

_log = logging.getLogger(__name__)

_AT_ONCE = 2_000


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

    @contextmanager
    def open(self, *, writing: bool) -> Iterator[None]:
        """Have it for reading, or for writing too."""
        with Server(self._address) as server:
            server.version()
            self._server = server.writer()
            self._notes = Documents(self._server, self._name)
            self._documents = ServerDocuments(self._server, self._name, self._notes)
            if not writing or server.has(self._name):
                check_images(server, self._name)
            yield

    def mark(self) -> Mark | None:
        """Return the progress of an unfinished migration to it."""
        told = self._notes.get(MIGRATION, [MARK]).get(MARK)
        return None if told is None else Mark(**told)

    def set_mark(self, mark: Mark | None) -> None:
        """Set the progress of a migration; None when it is complete."""
        if mark is None:
            self._notes.forget(MIGRATION, [MARK])
        else:
            self._notes.put(MIGRATION, {MARK: {"source": mark.source, "after": mark.after}})

    def count(self) -> int:
        """How many images there are."""
        return self._server.count(self._name) if self._server.has(self._name) else 0

    def encoders(self) -> Sequence[EncoderRecord]:
        """Return the encoders that have embeddings."""
        found = encoders(self._server, self._name)
        return [each for each in found if self._server.count(vectors_of(self._name, each.name))]

    def images(self, after: int = 0) -> Iterator[list[Image]]:
        """Images with higher ids, ascending."""
        stored = self.encoders()
        for rows in self._server.iterate(self._name, fields=COLUMNS, size=_AT_ONCE, after=after):
            vectors = {each.name: self._vectors(each, rows) for each in stored}
            yield [_image(row, vectors) for row in rows]

    def documents(self, kind: str) -> Iterator[Document]:
        """All that there is of a kind."""
        return self._documents.read(kind)

    def enlist(self, encoders: Iterable[EncoderRecord]) -> None:
        """Make ready to take vectors of these."""
        make_images(self._server, self._name)
        for each in encoders:
            make_vectors(self._server, self._name, each)
        self._documents.encoders = {each.name: each for each in self._all_encoders()}

    def put_images(self, images: Sequence[Image], mark: Mark) -> None:
        """Take in images, vectors first, and that they are there."""
        rows = {each.id: _row(each) for each in images}
        for encoder in self._documents.encoders.values():
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

    def put_documents(self, kind: str, documents: Sequence[Document]) -> None:
        """Take in things that are no images."""
        self._documents.write(kind, documents)

    def build(self) -> None:
        """Have all stored for good, and build the indexes that were chosen, where that can be.

        Those of encoders that cannot be opened here are not built.
        """
        from firs.collection import Collection
        from firs.milvus.store import StoredCounts

        StoredCounts(self._notes).save()
        with Collection(self._place, create=False) as made:
            for encoder, told in self._notes.each(CHOSEN):
                try:
                    made.index.choose(told["kind"], encoder)
                except (EncoderError, InputError) as error:
                    _log.warning(
                        "The index %s of %s is not built yet, all vectors are compared: %s",
                        told["kind"],
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
