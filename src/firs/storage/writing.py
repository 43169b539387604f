"""Changes of single images, in the database and in the catalogue at once."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from firs.sources.paths import Root
from firs.storage import rows
from firs.storage.catalogue import Catalogue, File, IndexedImage
from firs.storage.database import now, transaction
from firs.storage.documents import Problems, SQLiteDocuments, paths_below
from firs.storage.encoders import EncoderInUse
from firs.storage.rows import enlist


@dataclass(frozen=True, slots=True)
class Content:
    """The shared data of files with equal bytes; ``vector`` in its stored form."""

    hash: bytes
    width: int
    height: int
    format: str
    vector: bytes


class Writer:
    """Writer inside the caller's transaction; ``encoder_id`` identifies the embeddings' encoder."""

    def __init__(
        self, connection: sqlite3.Connection, root: Root, encoder_id: int, catalogue: Catalogue
    ) -> None:
        self._connection = connection
        self._root = root
        self._encoder_id = encoder_id
        self._catalogue = catalogue
        self._problems = Problems(SQLiteDocuments.within(connection), paths_below(root))

    def contents_of(self, images: Sequence[IndexedImage]) -> dict[bytes, Content]:
        """Read what the database has of some images, by hash."""
        rows = (
            self._connection.execute(
                "SELECT hash, width, height, format, data FROM image "
                "JOIN vector ON image_id = id AND encoder_id = ? WHERE id = ?",
                (self._encoder_id, image.id),
            ).fetchone()
            for image in images
        )
        return {row[0]: Content(*row) for row in rows if row is not None}

    def insert(self, file: File, content: Content) -> None:
        cursor = self._connection.execute(
            "INSERT INTO image (path, hash, bytes, mtime_ns, width, height, format, added_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._root.to_stored_path(file.path),
                content.hash,
                file.bytes,
                file.mtime_ns,
                content.width,
                content.height,
                content.format,
                now(),
            ),
        )
        self._put_vector(int(cursor.lastrowid or 0), file, content)

    def replace(self, image: IndexedImage, file: File, content: Content) -> None:
        self._connection.execute(
            "UPDATE image SET hash = ?, width = ?, height = ?, format = ? WHERE id = ?",
            (content.hash, content.width, content.height, content.format, image.id),
        )
        self._connection.execute("DELETE FROM vector WHERE image_id = ?", (image.id,))
        self._note_status(image.id, file)
        self._catalogue.drop(image)
        self._put_vector(image.id, file, content)

    def touch(self, image: IndexedImage, file: File) -> None:
        self._note_status(image.id, file)
        image.bytes, image.mtime_ns = file.bytes, file.mtime_ns

    def move(self, moves: Mapping[str, IndexedImage], files: Mapping[str, File]) -> None:
        for image in moves.values():
            self._catalogue.drop(image)
            self._set_path(image, image.id)  # no path is a number, so this is free for the moment
        for path, image in moves.items():
            self._set_path(image, self._root.to_stored_path(path))
            image.path = path
            self.touch(image, files[path])
            self._catalogue.put(image)

    def remove(self, images: Iterable[IndexedImage]) -> None:
        for image in images:
            self._connection.execute("DELETE FROM image WHERE id = ?", (image.id,))
            self._catalogue.drop(image)

    def fill(self, vectors: Mapping[int, bytes]) -> None:
        self._connection.executemany(
            "INSERT INTO vector (image_id, encoder_id, data) VALUES (?, ?, ?)",
            [(id_, self._encoder_id, vector) for id_, vector in vectors.items()],
        )

    def caption(self, source: str, texts: Mapping[int, Sequence[str]]) -> int:
        kept = self._captions_from(source)
        return sum(self._recaption(id_, source, kept.get(id_, {}), texts[id_]) for id_ in texts)

    def note_problem(self, path: str, reason: str) -> None:
        self._problems.note(path, reason)
        self._problems.save()

    def problem_paths(self) -> list[str]:
        return [path for path, _ in self._problems.all()]

    def forget_problem(self, path: str) -> None:
        self._problems.forget(path)
        self._problems.save()

    def _captions_from(self, source: str) -> dict[int, dict[str, int]]:
        """Return the stored captions from a source: image id → text → caption id."""
        kept: dict[int, dict[str, int]] = defaultdict(dict)
        rows = self._connection.execute(
            "SELECT id, image_id, text FROM caption WHERE source = ?", (source,)
        )
        for id_, image_id, text in rows:
            kept[image_id][text] = id_
        return kept

    def _recaption(
        self, image_id: int, source: str, kept: Mapping[str, int], texts: Sequence[str]
    ) -> int:
        new = [text for text in dict.fromkeys(texts) if text not in kept]
        self._connection.executemany(
            "DELETE FROM caption WHERE id = ?",
            [(id_,) for text, id_ in kept.items() if text not in texts],
        )
        self._connection.executemany(
            "INSERT INTO caption (image_id, text, source) VALUES (?, ?, ?)",
            [(image_id, text, source) for text in new],
        )
        return len(new)

    def _put_vector(self, image_id: int, file: File, content: Content) -> None:
        self._connection.execute(
            "INSERT INTO vector (image_id, encoder_id, data) VALUES (?, ?, ?)",
            (image_id, self._encoder_id, content.vector),
        )
        self._catalogue.put(
            IndexedImage(image_id, file.path, content.hash, file.bytes, file.mtime_ns)
        )

    def _note_status(self, image_id: int, file: File) -> None:
        self._connection.execute(
            "UPDATE image SET bytes = ?, mtime_ns = ? WHERE id = ?",
            (file.bytes, file.mtime_ns, image_id),
        )

    def _set_path(self, image: IndexedImage, noted: str | bytes | int) -> None:
        self._connection.execute("UPDATE image SET path = ? WHERE id = ?", (noted, image.id))


class SQLiteIngestSession:
    """Ingest session in SQLite; see ``firs.indexing.ingest_session``.

    Args:
        connection: the writer's connection.
        root: the base folder of relative paths.
        encoder: the encoder that computes the embeddings.
        dtype: the storage dtype of the embeddings, where there are none yet.

    Raises:
        EncoderMismatch: the stored embeddings come from other weights.
        EncoderError: the encoder's files are absent or damaged.
    """

    def __init__(
        self, connection: sqlite3.Connection, root: Root, encoder: EncoderInUse, dtype: str
    ) -> None:
        self._connection = connection
        self._root = root
        stored = rows.encoders(connection)
        if encoder.supersedes(stored):
            with self.transaction():
                rows.forget(connection, encoder.name)
            stored = rows.encoders(connection)
        self.encoder = encoder.open(stored)
        with self.transaction():
            self._encoder_id, self.dtype = enlist(connection, self.encoder, dtype)
        self.catalogue = Catalogue.read(connection, root)
        self.writer = Writer(connection, root, self._encoder_id, self.catalogue)

    def transaction(self) -> AbstractContextManager[None]:
        """Open a transaction: all changes are committed at its end, or none."""
        return transaction(self._connection)

    def missing_embeddings(self) -> dict[bytes, list[tuple[int, str]]]:
        rows = self._connection.execute(
            "SELECT hash, id, path FROM image WHERE NOT EXISTS (SELECT 1 FROM vector "
            "WHERE image_id = image.id AND encoder_id = ?) ORDER BY id",
            (self._encoder_id,),
        )
        found: dict[bytes, list[tuple[int, str]]] = defaultdict(list)
        for hash_, id_, noted in rows:
            found[hash_].append((id_, self._root.absolute(noted)))
        return found
