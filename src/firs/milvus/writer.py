"""Changes of single images, gathered until a batch ends, and then written in one go."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.milvus.catalogue import ServerCatalogue
from firs.milvus.fields import Row
from firs.milvus.rows import (
    LONGEST_CAPTIONS,
    Rows,
    caption_fields,
    captions_of,
    file_fields,
    image_row,
)
from firs.milvus.stores import Problems
from firs.storage.catalogue import File, IndexedImage
from firs.storage.records import batches
from firs.storage.writing import Content

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
        self._problems.keep()

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
