"""The rows of one collection on a server, written so that a kill at any moment leaves it whole.

The row of an image is the last that is written and the last that is removed, so that whatever is
interrupted is found by that row, and done again from its beginning.
"""

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firs.collection.store import require_known
from firs.errors import InputError
from firs.milvus.documents import IMAGES, MilvusDocuments
from firs.milvus.fields import KEY, Row, draw_of, free_id, id_of, path_of, to_stored_path
from firs.milvus.filters import quote
from firs.milvus.index_kinds import Bits
from firs.milvus.schema import (
    ATTRIBUTES,
    IMAGE_FIELDS,
    LONGEST_PATH,
    MOST_TAGS,
    NOTHING,
    encoders,
    vectors_of,
)
from firs.milvus.server import Server
from firs.storage.catalogue import File
from firs.storage.records import EncoderRecord, ImageRecord
from firs.storage.writing import Content

SHOWN = tuple(field.name for field in IMAGE_FIELDS if field.name not in ("draw", "told", "nothing"))
"""What is read of an image that is shown."""

WRITTEN = tuple(field.name for field in IMAGE_FIELDS if field.name != "nothing")
"""What is read of an image that is written again, since Milvus writes whole rows."""

LONGEST_CAPTIONS = 65_000
"""Bytes of all captions of an image as JSON; Milvus takes 65,536."""

Caption = Mapping[str, str]
"""A caption's ``text`` and ``source``."""


def image_row(id_: int, file: File, content: Content, added_at: int) -> Row:
    """The row of a new image; ``added_at`` is in µs since 1970."""
    return (
        {
            KEY: id_,
            "added_at": added_at,
            "tags": [],
            "draw": draw_of(id_),
            "nothing": NOTHING,
        }
        | caption_fields([])
        | file_fields(file, content)
    )


def file_fields(file: File, content: Content | None = None) -> Row:
    """Return the fields of a file and of its content."""
    kept = to_stored_path(file.path)
    if len(kept.encode()) > LONGEST_PATH:
        raise InputError(f"The path {file.path[:60]}… is longer than a server keeps.")
    told: Row = {"path": kept, "bytes": file.bytes, "mtime_ns": file.mtime_ns}
    if content is None:
        return told
    return told | {
        "hash": content.hash.hex(),
        "width": content.width,
        "height": content.height,
        "format": content.format,
    }


def vector_row(image: Mapping[str, Any], vector: NDArray[np.float32]) -> Row:
    """The row of an image's vector, from the row of the image."""
    return {KEY: image[KEY], "vector": vector} | {name: image[name] for name in ATTRIBUTES}


def record_of(row: Mapping[str, Any]) -> ImageRecord:
    """An image as people know it."""
    return ImageRecord(
        id=row[KEY],
        path=Path(path_of(row["path"])),
        captions=tuple(each["text"] for each in captions_of(row)),
        width=row["width"],
        height=row["height"],
        format=row["format"],
        bytes=row["bytes"],
        modified_at=datetime.fromtimestamp(row["mtime_ns"] / 1e9, UTC),
        added_at=datetime.fromtimestamp(row["added_at"] // 1_000_000, UTC),
        hash=row["hash"],
        mtime_ns=row["mtime_ns"],
        tags=tuple(sorted(row["tags"])),
    )


def captions_of(row: Mapping[str, Any]) -> Sequence[Caption]:
    """An image's captions, in their order."""
    all_: Sequence[Caption] = row["captions"]["all"]
    return all_


def caption_fields(captions: Sequence[Caption]) -> Row:
    """Return the fields of captions: Milvus does not accept a list alone."""
    return {"captions": {"all": [dict(each) for each in captions]}, "told": len(captions)}


Vectors = Mapping[int, NDArray[np.float32]]
"""Id → vector, float32 ``(dim,)``, as it was rounded to the dtype that the collection keeps."""


class Rows:
    """Reads all that anybody wrote, and writes.

    Args:
        server: as one who writes needs it.
        name: of the collection.
        notes: of the collection.
        forget: what is kept of images besides, and goes with them or with their contents.
        bits: an encoder → its bits, which are kept in step with its vectors, if there are any.
    """

    def __init__(
        self,
        server: Server,
        name: str,
        notes: MilvusDocuments,
        forget: Sequence[Callable[[Sequence[int]], None]] = (),
        bits: Callable[[str], Bits | None] = lambda _: None,
    ) -> None:
        self._server = server
        self._name = name
        self._notes = notes
        self._bits = bits
        self._forget = forget

    def encoders(self) -> list[EncoderRecord]:
        """Return the encoders that can have embeddings."""
        return encoders(self._server, self._name)

    def get(self, ids: Iterable[int]) -> dict[int, Row]:
        """Images by id, ready to be written again; without those that do not exist."""
        found = self._server.get(self._name, ids, WRITTEN)
        return {int(id_): row | {"nothing": NOTHING} for id_, row in found.items()}

    def vectors(self, encoder: str, ids: Iterable[int]) -> dict[int, NDArray[np.float32]]:
        """Some images' vectors, of those that have one."""
        found = self._server.get(vectors_of(self._name, encoder), ids, ("vector",))
        return {int(id_): np.array(row["vector"], np.float32) for id_, row in found.items()}

    def ids_of(
        self, paths: Iterable[str], taken: Mapping[int, str]
    ) -> tuple[dict[str, int], dict[int, Row]]:
        """Return the ids that images at some paths have, or get if they are new.

        Args:
            paths: of the images.
            taken: ids that other images get, and the paths of these.

        Returns:
            Path → id, and id → row of those that have such an id already.
        """
        found = {path: id_of(path) for path in paths}
        rows: dict[int, Row] = {}
        all_taken, looked_up = dict(taken), set[int]()
        while more := set(found.values()) - looked_up:
            looked_up |= more
            rows |= self.get(more)
            all_taken = {id_: path_of(row["path"]) for id_, row in rows.items()} | all_taken
            found = {path: free_id(path, all_taken) for path in found}
        return found, {id_: rows[id_] for id_ in found.values() if id_ in rows}

    def write(self, images: Mapping[int, Row]) -> None:
        """Write images again, and what their vectors' rows hold of them."""
        for each in self.encoders():
            self._follow(each.name, images, images)
        self.note(images)

    def take_in(
        self,
        encoder: str,
        images: Mapping[int, Row],
        vectors: Vectors,
        new: Collection[int] = (),
    ) -> None:
        """Write images with vectors; those of other encoders are of other content, and go.

        Args:
            encoder: name of the encoder.
            images: complete rows, by id.
            vectors: of some of them.
            new: ids of images that have no vector anywhere yet.
        """
        known = [id_ for id_ in images if id_ not in new]
        replaced = [id_ for id_ in known if id_ in vectors]
        for each in self.encoders():
            if each.name == encoder:
                self._put(encoder, [vector_row(images[id_], vectors[id_]) for id_ in vectors])
            else:
                self._drop(each.name, replaced)
            self._follow(each.name, images, [id_ for id_ in known if id_ not in vectors])
        self._forget_besides(replaced)
        self.note(images)

    def fill(self, encoder: str, vectors: Vectors) -> int:
        """Write vectors of images that are there; return how many that were."""
        images = self.get(vectors)
        self._put(encoder, [vector_row(image, vectors[id_]) for id_, image in images.items()])
        return len(images)

    def note(self, images: Mapping[int, Row]) -> None:
        """Write images without what their vectors' rows hold of them."""
        if images:
            self._server.upsert(self._name, images.values())

    def remove(self, ids: Sequence[int]) -> None:
        """Remove images and their vectors."""
        for each in self.encoders():
            self._drop(each.name, ids)
        self._forget_besides(ids)
        with self._notes.removing(IMAGES):
            self._server.delete(self._name, ids)

    def _follow(self, encoder: str, images: Mapping[int, Row], ids: Iterable[int]) -> None:
        """Bring the vectors' rows in step with their images."""
        home = vectors_of(self._name, encoder)
        found = self._server.get(home, ids, (*ATTRIBUTES, "vector"))
        rows = [
            vector_row(images[int(id_)], np.array(row["vector"], np.float32))
            for id_, row in found.items()
            if any(row[name] != images[int(id_)][name] for name in ATTRIBUTES)
        ]
        self._upsert(encoder, rows)

    def _put(self, encoder: str, rows: Sequence[Row]) -> None:
        """Write vectors that are others, or were not there."""
        if rows:
            self._upsert(encoder, rows)
            self._revise(encoder)

    def _upsert(self, encoder: str, rows: Sequence[Row]) -> None:
        if not rows:
            return
        self._server.upsert(vectors_of(self._name, encoder), rows)
        if bits := self._bits(encoder):
            self._server.upsert(bits.name, bits.rows(rows))

    def _drop(self, encoder: str, ids: Sequence[int]) -> None:
        if not ids:
            return
        with self._notes.removing(IMAGES):
            self._server.delete(vectors_of(self._name, encoder), ids)
            if bits := self._bits(encoder):
                self._server.delete(bits.name, ids)
        self._revise(encoder)

    def _forget_besides(self, ids: Sequence[int]) -> None:
        for forget in self._forget if ids else ():
            forget(ids)

    def _revise(self, encoder: str) -> None:
        """Record that an encoder's vectors have changed."""
        self._notes.put("revision", {encoder: {"revision": secrets.randbelow(1 << 52)}})


_KIND = "tag"
"""A note for each tag that an image ever had, since a server cannot list them itself."""


class ServerTags:
    """The tags of the images of one collection on a server.

    Args:
        server: counts images.
        name: of the collection.
        rows: of it.
        notes: of it.
        location: of the collection, for messages.
    """

    def __init__(
        self,
        server: Server,
        name: str,
        rows: Rows,
        notes: MilvusDocuments,
        location: str,
    ) -> None:
        self._server = server
        self._name = name
        self._rows = rows
        self._notes = notes
        self._location = location

    def add(self, ids: Sequence[int], tags: Sequence[str]) -> int:
        """Tag images; return how many tags are new to them."""
        kept = self._require_rows(ids)
        new = {
            id_: row | {"tags": _few(row, sorted({*row["tags"], *tags}))}
            for id_, row in kept.items()
        }
        note_tags(self._notes, tags)
        return self._write(kept, new)

    def remove(self, ids: Sequence[int], tags: Sequence[str]) -> int:
        """Take tags away; return how many there were."""
        kept = self._require_rows(ids)
        new = {
            id_: row | {"tags": [each for each in row["tags"] if each not in tags]}
            for id_, row in kept.items()
        }
        return self._write(kept, new)

    def counts(self) -> dict[str, int]:
        """How many images have each tag, in the order of the tags."""
        found = {
            tag: self._server.count(self._name, f"array_contains(tags, {quote(tag)})")
            for tag in sorted(self._notes.all(_KIND))
        }
        return {tag: count for tag, count in found.items() if count}

    def _require_rows(self, ids: Sequence[int]) -> dict[int, Row]:
        kept = self._rows.get(ids)
        require_known(ids, kept, self._location)
        return kept

    def _write(self, kept: dict[int, Row], new: dict[int, Row]) -> int:
        changed = {id_: row for id_, row in new.items() if row["tags"] != kept[id_]["tags"]}
        if changed:
            self._rows.write(changed)
        return sum(abs(len(new[id_]["tags"]) - len(kept[id_]["tags"])) for id_ in changed)


def note_tags(notes: MilvusDocuments, tags: Iterable[str]) -> None:
    """Note that there are such tags."""
    notes.put(_KIND, {tag: {} for tag in tags})


def _few(row: Row, tags: list[str]) -> list[str]:
    if len(tags) > MOST_TAGS:
        raise InputError(
            f"{row['path']} would have {len(tags):,} tags; a server keeps {MOST_TAGS:,} an image."
        )
    return tags
