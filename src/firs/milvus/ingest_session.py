"""Adding images and importing embeddings to a collection on a server."""

import json
import threading
import time
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Encoder
from firs.errors import InputError
from firs.indexing.vectors import imported
from firs.milvus.fields import KEY, Key, Row, path_of
from firs.milvus.filters import below, in_list
from firs.milvus.images import Listing
from firs.milvus.rows import (
    LONGEST_CAPTIONS,
    Rows,
    caption_fields,
    captions_of,
    file_fields,
    image_row,
)
from firs.milvus.schema import encoders, make_vectors, vectors_of
from firs.milvus.server import Server
from firs.storage.catalogue import Catalogue, File, IndexedImage, is_gone
from firs.storage.documents import Problems
from firs.storage.encoders import EncoderInUse
from firs.storage.records import EncoderRecord, batches
from firs.storage.writing import Content

FEW = 100_000
"""Images of a collection of which all are read, in about a second, before a new file is encoded."""

_HASHES_AT_ONCE = 500
_ROWS_AT_ONCE = 10_000
_READ = ("path", "hash", "bytes", "mtime_ns", "added_at")


class ServerCatalogue(Catalogue):
    """The images below some folders, and those elsewhere with contents that were looked up.

    Args:
        server: a writer's connection.
        name: name of the collection.
        encoder: the encoder of the run.
        folders: folders of the run.
    """

    def __init__(self, server: Server, name: str, encoder: str, folders: Sequence[str]) -> None:
        self._server = server
        self._name = name
        self._vectors = vectors_of(name, encoder)
        self._folders = folders
        count, rows = self._below(name, _READ)
        rows.sort(key=lambda row: (row["added_at"], row[KEY]))  # the oldest first
        super().__init__(map(_indexed_image, rows))
        self._is_all = count <= len(rows)
        self._is_small = count <= FEW
        self._asked: set[bytes] = set()
        self._lacking: dict[bytes, list[tuple[int, str]]] = {}
        self._left_over: list[int] = []
        self._lock = threading.Lock()

    def with_content(self, hash_: bytes) -> list[IndexedImage]:
        """Return the images with this content, those below the folders first."""
        if self._is_small:
            self.look_up()
        return super().with_content(hash_)

    def look_up(self, hashes: Iterable[bytes] = ()) -> None:
        """Learn from the server once for each content which images elsewhere have it.

        It may not know yet what another process wrote in the last seconds.
        """
        with self._lock:
            if self._is_all:
                return
            if self._is_small:
                self._read_elsewhere()
                self._is_all = True
                return
            new = sorted(set(hashes) - self._asked)
            self._asked.update(new)
            for some in batches(new, _HASHES_AT_ONCE):
                self._read_with_contents(some)

    def lacking(self) -> dict[bytes, list[tuple[int, str]]]:
        """Images below the folders that have no vector; others join when they are looked up."""
        _, rows = self._below(self._vectors)
        having = {row[KEY] for row in rows}
        self._left_over = sorted(having - {image.id for image in self})
        self._lacking = {}
        for image in self:
            if image.id not in having:
                self._lack(image)
        return self._lacking

    def orphans(self) -> list[int]:
        """Vectors that a kill has left without an image, of files that are gone."""
        rows = self._server.get(self._vectors, self._left_over, ("path",))
        return [int(id_) for id_, row in rows.items() if is_gone(path_of(row["path"]))]

    def _read_elsewhere(self) -> None:
        rows = self._read(self._name, "", _READ)
        self._take_in(rows, {row[KEY] for row in self._read(self._vectors, "")})

    def _read_with_contents(self, hashes: Sequence[bytes]) -> None:
        rows = self._read(self._name, f"hash {in_list(hash_.hex() for hash_ in hashes)}", _READ)
        ids = [row[KEY] for row in rows]
        self._take_in(
            rows, self._server.get(self._vectors, ids, consistency="Bounded") if ids else {}
        )

    def _take_in(self, rows: Iterable[Row], having: Container[Key]) -> None:
        """Add images from elsewhere; ``having`` are the ids of those with an embedding."""
        for each in map(_indexed_image, rows):
            if self.at(each.path) is None:
                self.put(each)
                if each.id not in having:
                    self._lack(each)

    def _lack(self, image: IndexedImage) -> None:
        self._lacking.setdefault(image.hash, []).append((image.id, image.path))

    def _below(self, home: str, fields: Sequence[str] = ()) -> tuple[int, list[Row]]:
        """Return the total number of rows, and those below the folders.

        To count them the server catches up with all writes; the following reads need not wait
        again.
        """
        count = self._server.count(home)
        return count, self._read(home, below(self._folders), fields)

    def _read(self, home: str, where: str, fields: Sequence[str] = ()) -> list[Row]:
        parts = self._server.iterate(home, where, fields, size=_ROWS_AT_ONCE, consistency="Bounded")
        return [row for some in parts for row in some]


def _indexed_image(row: Row) -> IndexedImage:
    return IndexedImage(
        row[KEY], path_of(row["path"]), bytes.fromhex(row["hash"]), row["bytes"], row["mtime_ns"]
    )


_AT_ONCE = 1_000


def replace_captions(rows: Rows, source: str, texts: Mapping[int, Sequence[str]]) -> int:
    """Make images' captions from a source the given; return how many are new.

    Raises:
        InputError: an image has more captions than a server keeps.
    """
    new = 0
    for some in batches(texts, _AT_ONCE):
        kept = rows.get(some)
        changed = {id_: _replace_source(row, source, texts[id_]) for id_, row in kept.items()}
        rows.note({id_: row for id_, (row, _) in changed.items() if row != kept[id_]})
        new += sum(count for _, count in changed.values())
    return new


def _replace_source(row: Row, source: str, texts: Sequence[str]) -> tuple[Row, int]:
    """The row with other captions from a source, and how many are new."""
    kept = [each for each in captions_of(row) if each["source"] != source or each["text"] in texts]
    known = {each["text"] for each in kept if each["source"] == source}
    new = [text for text in dict.fromkeys(texts) if text not in known]
    captions = [*kept, *({"text": text, "source": source} for text in new)]
    size = sum(len(json.dumps(dict(each))) for each in captions)
    if size > LONGEST_CAPTIONS:
        raise InputError(
            f"The captions of {row['path']} are {size:,} bytes together; a server keeps "
            f"{LONGEST_CAPTIONS:,} an image. Give fewer."
        )
    return row | caption_fields(captions), len(new)


@dataclass(slots=True)
class _Batch:
    """What one batch changes.

    Args:
        new: images without an id, which the server assigns when the batch ends.
        changes: id → fields that are others now.
        touched: the images that ``changes`` are of.
        vectors: id → a vector in the place of all that the image had.
        filled: id → a vector next to those that the image has.
    """

    new: list[tuple[IndexedImage, File, Content]] = field(default_factory=list)
    changes: dict[int, Row] = field(default_factory=dict)
    touched: dict[int, IndexedImage] = field(default_factory=dict)
    vectors: dict[int, bytes] = field(default_factory=dict)
    filled: dict[int, bytes] = field(default_factory=dict)

    def change(self, image: IndexedImage, fields: Row) -> None:
        self.touched[image.id] = image
        self.changes[image.id] = self.changes.get(image.id, {}) | fields


class ServerWriter:
    """Writes images with the vectors of one encoder: see ``firs.indexing.ingest_session``.

    Args:
        rows: of the collection.
        problems: of the collection.
        encoder: name of the encoder.
        dtype: of what they are given as.
        catalogue: is kept in step.
    """

    def __init__(
        self, rows: Rows, problems: Problems, encoder: str, dtype: str, catalogue: ServerCatalogue
    ) -> None:
        self._rows = rows
        self._problems = problems
        self._encoder = encoder
        self._dtype = dtype
        self._catalogue = catalogue
        self._batch = _Batch()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is changed inside is on the server for good when this ends.

        Killed in the middle, it may be there in part; done again, it is there once.
        """
        self._batch = _Batch()
        yield
        self._write()
        self._problems.save()

    def contents_of(self, images: Sequence[IndexedImage]) -> dict[bytes, Content]:
        """Read what the server has of some images, by hash."""
        ids = [image.id for image in images]
        vectors = self._rows.vectors(self._encoder, ids) if ids else {}
        rows = self._rows.get(vectors) if vectors else {}
        return {
            (hash_ := bytes.fromhex(row["hash"])): Content(
                hash_,
                row["width"],
                row["height"],
                row["format"],
                vectors[id_].astype(self._dtype).tobytes(),
            )
            for id_, row in rows.items()
        }

    def insert(self, file: File, content: Content) -> None:
        """Take in a new image."""
        known = IndexedImage(0, file.path, content.hash, file.bytes, file.mtime_ns)
        self._batch.new.append((known, file, content))
        self._catalogue.put(known)

    def replace(self, image: IndexedImage, file: File, content: Content) -> None:
        """Give an image new content; embeddings of the old content, by any encoder, are removed."""
        self._batch.change(image, file_fields(file, content))
        self._batch.vectors[image.id] = content.vector
        self._catalogue.drop(image)
        image.hash, image.bytes, image.mtime_ns = content.hash, file.bytes, file.mtime_ns
        self._catalogue.put(image)

    def touch(self, image: IndexedImage, file: File) -> None:
        """Note that the same content has another time of change."""
        self._batch.change(image, file_fields(file))
        image.bytes, image.mtime_ns = file.bytes, file.mtime_ns

    def move(self, moves: Mapping[str, IndexedImage], files: Mapping[str, File]) -> None:
        """Give images the paths that are the keys, all at once: they may be each other's."""
        if any(not image.id for image in moves.values()):
            self._write()  # what came in this very batch has an id then
        for image in moves.values():
            self._catalogue.drop(image)
        for path, image in moves.items():
            image.path = path
            self.touch(image, files[path])
            self._catalogue.put(image)

    def remove(self, images: Iterable[IndexedImage]) -> None:
        """Forget images, their captions and vectors, and vectors that a kill has left of others."""
        gone = list(images)
        for image in gone:
            self._catalogue.drop(image)
        if ids := [*(image.id for image in gone), *self._catalogue.orphans()]:
            self._rows.remove(ids)

    def fill(self, vectors: Mapping[int, bytes]) -> None:
        """Give known images, by id, their vectors of this encoder."""
        self._batch.filled |= vectors

    def caption(self, source: str, texts: Mapping[int, Sequence[str]]) -> int:
        """Make images' captions from a source the given; return how many are new."""
        return replace_captions(self._rows, source, texts)

    def note_problem(self, path: str, reason: str) -> None:
        """Keep why a file could not be read."""
        self._problems.note(path, reason)

    def problem_paths(self) -> list[str]:
        """Paths of all files that had a problem when they were last looked at."""
        return [path for path, _ in self._problems.all()]

    def forget_problem(self, path: str) -> None:
        """Drop the problem of a file that can be read, or is gone."""
        self._problems.forget(path)

    def _write(self) -> None:
        batch, self._batch = self._batch, _Batch()
        kept = self._rows.get(batch.changes) if batch.changes else {}
        images = {id_: row | batch.changes[id_] for id_, row in kept.items()}  # the rest is gone
        vectors = {id_: each for id_, each in batch.vectors.items() if id_ in images}
        known = self._with_ids(batch)
        for at, (image, file, content) in enumerate(batch.new):
            row = image_row(image.id, file, content, _now() + at)
            if image.id in known:  # by another, or by a run that was killed
                row |= {name: known[image.id][name] for name in _STAYING}
            images[image.id] = row
            vectors[image.id] = content.vector
        if images:
            new = {image.id for image, _, _ in batch.new}
            self._rows.take_in(self._encoder, images, self._as_vectors(vectors), new)
        if batch.filled:
            self._rows.fill(self._encoder, self._as_vectors(batch.filled))

    def _with_ids(self, batch: _Batch) -> dict[int, Row]:
        """Give the new images ids; return the rows that have these already, of the same paths."""
        taken = {id_: image.path for id_, image in batch.touched.items()}
        found, rows = self._rows.ids_of((image.path for image, _, _ in batch.new), taken)
        for image, _, _ in batch.new:
            image.id = found[image.path]
        return rows

    def _as_vectors(self, vectors: Mapping[int, bytes]) -> dict[int, NDArray[np.float32]]:
        return {
            id_: np.frombuffer(data, self._dtype).astype(np.float32)
            for id_, data in vectors.items()
        }


_STAYING = "tags", "captions", "told", "added_at"
"""What a row keeps that is written again."""


def _now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


class MilvusIngestSession:
    """See ``firs.indexing.ingest_session``.

    Args:
        server: as one who writes needs it.
        name: of the collection.
        rows: of it.
        problems: of it.
        encoder: the encoder of the added embeddings.
        dtype: how they are kept, where there are none yet.
        folders: the folders of the images.

    Raises:
        EncoderMismatch: the vectors that are there come from other weights.
        EncoderError: the encoder's files are absent or damaged.
    """

    def __init__(
        self,
        server: Server,
        name: str,
        rows: Rows,
        problems: Problems,
        encoder: EncoderInUse,
        dtype: str,
        folders: Sequence[str],
    ) -> None:
        known = encoders(server, name)
        stored = [each for each in known if _has_vectors(server, name, each)]
        self.encoder = encoder.open(stored)
        own = [each for each in stored if each.name == self.encoder.name]
        self.dtype = (own[0] if own else register_encoder(server, name, self.encoder, dtype)).dtype
        self.catalogue = ServerCatalogue(server, name, self.encoder.name, folders)
        self.writer = ServerWriter(rows, problems, self.encoder.name, self.dtype, self.catalogue)

    def transaction(self) -> AbstractContextManager[None]:
        """What is written inside is on the server for good when this ends."""
        return self.writer.transaction()

    def missing_embeddings(self) -> dict[bytes, list[tuple[int, str]]]:
        """Images of the folders without a vector: content's hash → ids and paths."""
        return self.catalogue.lacking()


def register_encoder(server: Server, name: str, encoder: Encoder, dtype: str) -> EncoderRecord:
    """Make the Milvus collection of an encoder's embeddings unless it is there; return what it is.

    An encoder without vectors binds no one and is made again.
    """
    record = EncoderRecord(encoder.name, encoder.fingerprint, encoder.dim, dtype, revision=0)
    for each in encoders(server, name):
        if each.name == encoder.name:
            if _has_vectors(server, name, each):
                return each
            if each != record:
                server.drop(vectors_of(name, each.name))
    make_vectors(server, name, record)
    return record


def _has_vectors(server: Server, name: str, encoder: EncoderRecord) -> bool:
    """Finish a Milvus collection that a kill may have left half made."""
    home = vectors_of(name, encoder.name)
    return server.index(home) is not None and server.count(home) > 0


Vectors = Mapping[str, NDArray[np.float32]]
"""Path → vector, float32 ``(dim,)``."""


class Importer:
    """Importer of the embeddings of one encoder.

    Args:
        server: a writer's connection.
        name: name of the collection.
        rows: its rows.
        encoder: the encoder.
    """

    def __init__(self, server: Server, name: str, rows: Rows, encoder: EncoderRecord) -> None:
        self._listing = Listing(server, name)
        self._rows = rows
        self._encoder = encoder

    def put(self, vectors: Vectors, *, add_missing: bool) -> int:
        """Write vectors of images that are there, and of others if these shall be added.

        Returns:
            How many.
        """
        known = self._listing.ids(list(vectors))
        taken = self._rows.fill(self._encoder.name, self._rounded(known, vectors)) if known else 0
        missing = [path for path in vectors if path not in known] if add_missing else []
        return taken + (self._add(missing, vectors) if missing else 0)

    def _add(self, paths: Sequence[str], vectors: Vectors) -> int:
        """Add images without files."""
        ids, _ = self._rows.ids_of(paths, {})
        added_at = time.time_ns() // 1000
        images = {
            id_: image_row(id_, *imported(path), added_at + at)
            for at, (path, id_) in enumerate(ids.items())
        }
        self._rows.take_in(
            self._encoder.name, images, self._rounded(ids, vectors), new=list(images)
        )
        return len(images)

    def _rounded(self, ids: Mapping[str, int], vectors: Vectors) -> dict[int, NDArray[np.float32]]:
        """Vectors by id, as precise as the collection keeps them."""
        dtype = self._encoder.dtype
        return {id_: vectors[path].astype(dtype).astype(np.float32) for path, id_ in ids.items()}
