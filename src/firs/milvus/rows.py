"""The rows of a collection's images on a server, and writing them so that a kill loses nothing.

The row of an image is written last and removed last. So an interrupted change is recognised by
that row, and repeated from its beginning.
"""

import json
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
from firs.milvus.index_kinds import Bits
from firs.milvus.schema import (
    ATTRIBUTES,
    IMAGE_FIELDS,
    KEY,
    LONGEST_PATH,
    MOST_TAGS,
    NOTHING,
    Row,
    caption_count_field,
    draw_of,
    encoders,
    free_id,
    id_of,
    path_of,
    to_stored_path,
    vectors_of,
)
from firs.milvus.server import Server
from firs.storage.catalogue import File
from firs.storage.records import EncoderRecord, ImageRecord, batches
from firs.storage.writing import Content

COLUMNS = tuple(
    field.name for field in IMAGE_FIELDS if field.name not in ("caption_count", "nothing")
)
"""The fields of an image's row, without those that ``write_images`` derives."""

LONGEST_CAPTIONS = 65_000
"""Maximum number of bytes of all captions of an image as JSON; Milvus accepts 65,536."""

Caption = Mapping[str, str]
"""A caption's ``text`` and ``source``."""

Vectors = Mapping[int, NDArray[np.float32]]
"""Id → embedding, float32 ``(dim,)``, rounded to the storage dtype of the collection."""


def image_row(id_: int, file: File, content: Content, added_at: int) -> Row:
    """Return the row of a new image; ``added_at`` is in µs since 1970."""
    row = {KEY: id_, "added_at": added_at, "tags": [], "draw": draw_of(id_)}
    return row | caption_fields([]) | file_fields(file, content)


def file_fields(file: File, content: Content | None = None) -> Row:
    """Return the fields of a file and of its content."""
    path = to_stored_path(file.path)
    if len(path.encode()) > LONGEST_PATH:
        raise InputError(
            f"The path {file.path[:60]}… is too long for a server. Move the file to a shorter one."
        )
    fields: Row = {"path": path, "bytes": file.bytes, "mtime_ns": file.mtime_ns}
    if content is None:
        return fields
    return fields | {
        "hash": content.hash.hex(),
        "width": content.width,
        "height": content.height,
        "format": content.format,
    }


def caption_fields(captions: Sequence[Caption]) -> Row:
    """Return the fields of captions: Milvus does not accept a list alone."""
    return {"captions": {"all": [dict(each) for each in captions]}}


def captions_of(row: Mapping[str, Any]) -> Sequence[Caption]:
    """Return an image's captions, in their order."""
    captions: Sequence[Caption] = row["captions"]["all"]
    return captions


def vector_row(image: Mapping[str, Any], vector: NDArray[np.float32]) -> Row:
    """Return the row of an image's embedding, from the row of the image."""
    return {KEY: image[KEY], "vector": vector} | {name: image[name] for name in ATTRIBUTES}


def record_of(row: Mapping[str, Any]) -> ImageRecord:
    """Return the public record of an image."""
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


def write_images(server: Server, name: str, rows: Iterable[Row]) -> None:
    """Write the rows of images, with the fields that are derived from the others."""
    count = caption_count_field(server, name)
    server.upsert(name, (row | {count: len(captions_of(row)), "nothing": NOTHING} for row in rows))


class Rows:
    """Writer of images and embeddings, which also sees the latest writes of other processes.

    Args:
        notes: documents of the collection, on a writer's connection.
        forget: functions that remove other data of images, when these are removed or replaced.
        bits: encoder → its binary codes, which are updated with its embeddings, if there are any.
    """

    def __init__(
        self,
        notes: MilvusDocuments,
        forget: Sequence[Callable[[Sequence[int]], None]] = (),
        bits: Callable[[str], Bits | None] = lambda _: None,
    ) -> None:
        self._server = notes.server
        self._name = notes.name
        self._notes = notes
        self._bits = bits
        self._forget = forget

    def encoders(self) -> list[EncoderRecord]:
        """Return the encoders that can have embeddings."""
        return encoders(self._server, self._name)

    def get(self, ids: Iterable[int]) -> dict[int, Row]:
        """Return the rows of the given images that exist, by id."""
        found = self._server.get(self._name, ids, COLUMNS)
        return {int(id_): row for id_, row in found.items()}

    def vectors(self, encoder: str, ids: Iterable[int]) -> dict[int, NDArray[np.float32]]:
        """Return the embeddings of the given images that have one, by id."""
        found = self._server.get(vectors_of(self._name, encoder), ids, ("vector",))
        return {int(id_): np.array(row["vector"], np.float32) for id_, row in found.items()}

    def ids_of(
        self, paths: Iterable[str], taken: Mapping[int, str]
    ) -> tuple[dict[str, int], dict[int, Row]]:
        """Return the ids that images at some paths have, or get if they are new.

        Args:
            paths: paths of the images.
            taken: ids that other images get, and the paths of these.

        Returns:
            Path → id, and id → row of those that exist with such an id.
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
        """Write changed images, and the copies of their fields in the rows of embeddings."""
        for each in self.encoders():
            self._update_attributes(each.name, images, images)
        self.write_rows(images)

    def take_in(
        self,
        encoder: str,
        images: Mapping[int, Row],
        vectors: Vectors,
        new: Collection[int] = (),
    ) -> None:
        """Write images with embeddings; other encoders' embeddings of old content are removed.

        Args:
            encoder: name of the encoder.
            images: complete rows, by id.
            vectors: embeddings of some of them.
            new: ids of images without any embedding so far.
        """
        known = [id_ for id_ in images if id_ not in new]
        replaced = [id_ for id_ in known if id_ in vectors]
        for each in self.encoders():
            if each.name == encoder:
                self._put(encoder, [vector_row(images[id_], vectors[id_]) for id_ in vectors])
            else:
                self._drop(each.name, replaced)
            unchanged = [id_ for id_ in known if id_ not in vectors]
            self._update_attributes(each.name, images, unchanged)
        self._forget_other_data(replaced)
        self.write_rows(images)

    def fill(self, encoder: str, vectors: Vectors) -> int:
        """Write embeddings of those images that exist; return their number."""
        images = self.get(vectors)
        self._put(encoder, [vector_row(image, vectors[id_]) for id_, image in images.items()])
        return len(images)

    def replace_captions(self, source: str, texts: Mapping[int, Sequence[str]]) -> int:
        """Replace the captions of images that are from a source; return how many are new.

        Raises:
            InputError: an image has more captions than a server can store.
        """
        new = 0
        for some in batches(texts, _CAPTIONED_AT_ONCE):
            rows = self.get(some)
            changed = {id_: _with_captions(row, source, texts[id_]) for id_, row in rows.items()}
            self.write_rows({i: row for i, (row, _) in changed.items() if row != rows[i]})
            new += sum(count for _, count in changed.values())
        return new

    def change_tags(
        self, ids: Sequence[int], change: Callable[[list[str]], list[str]], new: Sequence[str] = ()
    ) -> int:
        """Change the tags of images.

        Args:
            ids: ids of the images.
            change: returns the new tags of an image for the old ones.
            new: tags to register.

        Returns:
            The number of added or removed tags.

        Raises:
            InputError: an id is unknown, or an image would have too many tags.
        """
        rows = self.get(ids)
        require_known(ids, rows, str(self._server.address))
        changed = {id_: row | {"tags": change(row["tags"])} for id_, row in rows.items()}
        for row in changed.values():
            if len(row["tags"]) > MOST_TAGS:
                raise InputError(
                    f"{row['path']} would have {len(row['tags']):,} tags; a server can store "
                    f"{MOST_TAGS:,} per image. Remove others first."
                )
        register_tags(self._notes, new)
        changed = {id_: row for id_, row in changed.items() if row["tags"] != rows[id_]["tags"]}
        if changed:
            self.write(changed)
        return sum(abs(len(row["tags"]) - len(rows[id_]["tags"])) for id_, row in changed.items())

    def write_rows(self, images: Mapping[int, Row]) -> None:
        """Write images whose fields in the rows of embeddings are up to date."""
        if images:
            write_images(self._server, self._name, images.values())

    def remove(self, ids: Sequence[int]) -> None:
        """Remove images and their embeddings."""
        for each in self.encoders():
            self._drop(each.name, ids)
        self._forget_other_data(ids)
        with self._notes.removing(IMAGES):
            self._server.delete(self._name, ids)

    def _update_attributes(
        self, encoder: str, images: Mapping[int, Row], ids: Iterable[int]
    ) -> None:
        """Copy changed fields of images to the rows of their embeddings."""
        home = vectors_of(self._name, encoder)
        found = self._server.get(home, ids, (*ATTRIBUTES, "vector"))
        rows = [
            vector_row(images[int(id_)], np.array(row["vector"], np.float32))
            for id_, row in found.items()
            if any(row[name] != images[int(id_)][name] for name in ATTRIBUTES)
        ]
        self._upsert(encoder, rows)

    def _put(self, encoder: str, rows: Sequence[Row]) -> None:
        """Write new or changed embeddings."""
        if rows:
            self._upsert(encoder, rows)
            self._change_revision(encoder)

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
        self._change_revision(encoder)

    def _forget_other_data(self, ids: Sequence[int]) -> None:
        for forget in self._forget if ids else ():
            forget(ids)

    def _change_revision(self, encoder: str) -> None:
        self._notes.put("revision", {encoder: {"revision": secrets.randbelow(1 << 52)}})


_CAPTIONED_AT_ONCE = 1_000


def _with_captions(row: Row, source: str, texts: Sequence[str]) -> tuple[Row, int]:
    """Return the row with other captions from a source, and how many are new."""
    kept = [each for each in captions_of(row) if each["source"] != source or each["text"] in texts]
    known = {each["text"] for each in kept if each["source"] == source}
    new = [text for text in dict.fromkeys(texts) if text not in known]
    captions = [*kept, *({"text": text, "source": source} for text in new)]
    size = sum(len(json.dumps(dict(each))) for each in captions)
    if size > LONGEST_CAPTIONS:
        raise InputError(
            f"The captions of {row['path']} are {size:,} bytes together; a server can store "
            f"{LONGEST_CAPTIONS:,} per image. Give fewer."
        )
    return row | caption_fields(captions), len(new)


TAG = "tag"
"""Kind of the documents that list all tags ever used, since a server cannot list them itself."""


def register_tags(notes: MilvusDocuments, tags: Collection[str]) -> None:
    """Add tags to the list of all tags ever used."""
    if tags:
        notes.put(TAG, {tag: {} for tag in tags})
