"""Adding images and importing embeddings to a collection on a server."""

import threading
import time
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from firs.indexing.vectors import imported
from firs.milvus.encoder_registry import has_vectors, register_encoder
from firs.milvus.images import Listing
from firs.milvus.queries import below, in_list
from firs.milvus.rows import Rows, file_fields, image_row
from firs.milvus.schema import KEY, Key, Row, encoders, path_of, vectors_of
from firs.milvus.server import Server
from firs.storage.catalogue import Catalogue, File, IndexedImage, is_gone
from firs.storage.documents import Problems
from firs.storage.encoders import EncoderInUse
from firs.storage.records import EncoderRecord, batches
from firs.storage.writing import Content

FEW = 100_000
"""Size of a collection up to which all its images are read, in about a second, before encoding."""

_HASHES_AT_ONCE = 500
_ROWS_AT_ONCE = 10_000
_READ = ("path", "hash", "bytes", "mtime_ns", "added_at")


class ServerCatalogue(Catalogue):
    """The images below some folders, and others with the same contents, which are looked up.

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
        self._looked_up: set[bytes] = set()
        self._missing: dict[bytes, list[tuple[int, str]]] = {}
        self._orphans: list[int] = []
        self._lock = threading.Lock()

    def with_content(self, hash_: bytes) -> list[IndexedImage]:
        """Return the images with this content, those below the folders first."""
        if self._is_small:
            self.look_up()
        return super().with_content(hash_)

    def look_up(self, hashes: Iterable[bytes] = ()) -> None:
        """Look up, once per content, which images elsewhere have it.

        Writes of other processes in the last seconds may be missed.
        """
        with self._lock:
            if self._is_all:
                return
            if self._is_small:
                self._read_elsewhere()
                self._is_all = True
                return
            new = sorted(set(hashes) - self._looked_up)
            self._looked_up.update(new)
            for some in batches(new, _HASHES_AT_ONCE):
                self._read_with_contents(some)

    def missing_embeddings(self) -> dict[bytes, list[tuple[int, str]]]:
        """Return the images without an embedding; those that are looked up later are added.

        Returns:
            Content hash → ids and paths.
        """
        _, rows = self._below(self._vectors)
        present = {row[KEY] for row in rows}
        self._orphans = sorted(present - {image.id for image in self})
        self._missing = {}
        for image in self:
            if image.id not in present:
                self._add_missing(image)
        return self._missing

    def orphans(self) -> list[int]:
        """Return the ids of embeddings without an image, after a kill, whose files are gone."""
        rows = self._server.get(self._vectors, self._orphans, ("path",))
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

    def _take_in(self, rows: Iterable[Row], embedded: Container[Key]) -> None:
        """Add images from elsewhere; ``embedded`` are the ids of those with an embedding."""
        for each in map(_indexed_image, rows):
            if self.at(each.path) is None:
                self.put(each)
                if each.id not in embedded:
                    self._add_missing(each)

    def _add_missing(self, image: IndexedImage) -> None:
        self._missing.setdefault(image.hash, []).append((image.id, image.path))

    def _below(self, home: str, fields: Sequence[str] = ()) -> tuple[int, list[Row]]:
        """Return the total number of rows, and those below the folders.

        Counting them makes the server catch up with all writes, so the reads need not wait again.
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


@dataclass(slots=True)
class _Batch:
    """The changes of one batch.

    Args:
        new: images without an id, which they get when the batch ends.
        changes: id → changed fields.
        touched: id → image with changed fields.
        vectors: id → an embedding that replaces all that the image had.
        filled: id → an additional embedding.
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
    """Writer of images with embeddings of one encoder: see ``firs.indexing.ingest_session``.

    Args:
        rows: the rows of the collection.
        problems: the problems of the collection.
        encoder: name of the encoder.
        dtype: dtype of the embeddings.
        catalogue: the known images, which are updated.
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
        """Open a transaction: all changes inside are durable when the context ends.

        After a kill in the middle some of them may be; repeating them changes nothing else.
        """
        self._batch = _Batch()
        yield
        self._write()
        self._problems.save()

    def contents_of(self, images: Sequence[IndexedImage]) -> dict[bytes, Content]:
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
        """Store another modification time of the same content."""
        self._batch.change(image, file_fields(file))
        image.bytes, image.mtime_ns = file.bytes, file.mtime_ns

    def move(self, moves: Mapping[str, IndexedImage], files: Mapping[str, File]) -> None:
        """Change the paths of images to the keys, all at once: two may exchange theirs."""
        if any(not image.id for image in moves.values()):
            self._write()  # so that the images of this batch get their ids
        for image in moves.values():
            self._catalogue.drop(image)
        for path, image in moves.items():
            image.path = path
            self.touch(image, files[path])
            self._catalogue.put(image)

    def remove(self, images: Iterable[IndexedImage]) -> None:
        """Remove images with all their data, and embeddings that a kill left without an image."""
        gone = list(images)
        for image in gone:
            self._catalogue.drop(image)
        if ids := [*(image.id for image in gone), *self._catalogue.orphans()]:
            self._rows.remove(ids)

    def fill(self, vectors: Mapping[int, bytes]) -> None:
        """Add embeddings of known images, by id."""
        self._batch.filled |= vectors

    def caption(self, source: str, texts: Mapping[int, Sequence[str]]) -> int:
        return self._rows.replace_captions(source, texts)

    def note_problem(self, path: str, reason: str) -> None:
        self._problems.note(path, reason)

    def problem_paths(self) -> list[str]:
        """Return the paths of all files that could not be read last time."""
        return [path for path, _ in self._problems.all()]

    def forget_problem(self, path: str) -> None:
        self._problems.forget(path)

    def _write(self) -> None:
        batch, self._batch = self._batch, _Batch()
        rows = self._rows.get(batch.changes) if batch.changes else {}
        images = {id_: row | batch.changes[id_] for id_, row in rows.items()}  # others are gone
        vectors = {id_: each for id_, each in batch.vectors.items() if id_ in images}
        known, now = self._assign_ids(batch), time.time_ns() // 1000
        for at, (image, file, content) in enumerate(batch.new):
            row = image_row(image.id, file, content, now + at)
            if image.id in known:  # by another, or by a run that was killed
                row |= {name: known[image.id][name] for name in ("tags", "captions", "added_at")}
            images[image.id] = row
            vectors[image.id] = content.vector
        if images:
            new = {image.id for image, _, _ in batch.new}
            self._rows.take_in(self._encoder, images, self._as_vectors(vectors), new)
        if batch.filled:
            self._rows.fill(self._encoder, self._as_vectors(batch.filled))

    def _assign_ids(self, batch: _Batch) -> dict[int, Row]:
        """Assign ids to the new images; return the existing rows with these ids and paths."""
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


class MilvusIngestSession:
    """An ingest run: see ``firs.indexing.ingest_session``.

    Args:
        server: a writer's connection.
        name: name of the collection.
        rows: its rows.
        problems: its problems.
        encoder: the encoder of the added embeddings.
        dtype: their storage dtype, if there are none yet.
        folders: the folders of the images.

    Raises:
        EncoderMismatch: the stored embeddings come from other weights.
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
        stored = [each for each in known if has_vectors(server, name, each)]
        self.encoder = encoder.open(stored)
        own = [each for each in stored if each.name == self.encoder.name]
        self.dtype = (own[0] if own else register_encoder(server, name, self.encoder, dtype)).dtype
        self.catalogue = ServerCatalogue(server, name, self.encoder.name, folders)
        self.writer = ServerWriter(rows, problems, self.encoder.name, self.dtype, self.catalogue)

    def transaction(self) -> AbstractContextManager[None]:
        """Open a transaction: see ``ServerWriter``."""
        return self.writer.transaction()

    def missing_embeddings(self) -> dict[bytes, list[tuple[int, str]]]:
        return self.catalogue.missing_embeddings()


def import_embeddings(
    rows: Rows,
    listing: Listing,
    encoder: EncoderRecord,
    vectors: Mapping[str, NDArray[np.float32]],
    *,
    add_missing: bool,
) -> int:
    """Write embeddings that were computed elsewhere.

    Args:
        rows: the rows of the collection.
        listing: its images, read as a writer.
        encoder: the encoder of the embeddings.
        vectors: path → embedding, float32 ``(dim,)``.
        add_missing: add images that do not exist yet, without files.

    Returns:
        The number of images with new embeddings.
    """

    def rounded(ids: Mapping[str, int]) -> dict[int, NDArray[np.float32]]:
        return {
            id_: vectors[path].astype(encoder.dtype).astype(np.float32) for path, id_ in ids.items()
        }

    known = listing.ids(list(vectors))
    count = rows.fill(encoder.name, rounded(known)) if known else 0
    missing = [path for path in vectors if path not in known] if add_missing else []
    if not missing:
        return count
    ids, _ = rows.ids_of(missing, {})
    now = time.time_ns() // 1000
    images = {
        id_: image_row(id_, *imported(path), now + at) for at, (path, id_) in enumerate(ids.items())
    }
    rows.take_in(encoder.name, images, rounded(ids), new=list(images))
    return count + len(images)
