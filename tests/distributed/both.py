"""One collection twice, in a folder and on a server, with the same ids and vectors."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from firs.collection import Collection
from firs.milvus.address import Address
from firs.milvus.documents import MilvusDocuments
from firs.milvus.rows import Rows, caption_fields
from firs.milvus.schema import Row, draw_of, make_images, make_vectors, to_stored_path
from firs.milvus.server import Server
from firs.storage.records import EncoderRecord


def photos_of(shared_data: Path, folder: Path, count: int) -> Path:
    """The photos of Flickr8k's dev split, and of others as many as make ``count``.

    Each has two of its captions.
    """
    source = shared_data / "flickr8k"
    dev = (source / "dev.txt").read_text().split()
    more = (source / "train.txt").read_text().split()
    folder.mkdir()
    for name in (dev + more)[:count]:
        shutil.copyfile(source / "images" / name, folder / name)
    head, *lines = (source / "captions.tsv").read_text().splitlines()
    two = [line for at, line in enumerate(lines) if at % 5 < 2]
    (folder / "captions.tsv").write_text("\n".join([head, *two]))
    return folder


def put(here: Collection, url: str) -> None:
    """Put all that a folder's collection holds on a server."""
    [encoder] = here.info().encoders
    record = EncoderRecord(encoder.name, encoder.fingerprint, encoder.dim, encoder.dtype, 0)
    address = Address.parse(url)
    with Server(address) as server:
        make_images(server, address.name)
        make_vectors(server, address.name, record)
        rows = Rows(MilvusDocuments(server, address.name))
        images = {row["id"]: row for row in _rows(here)}
        ids, vectors = here.vectors()
        given = dict(zip(ids.tolist(), vectors.astype(np.float32), strict=True))
        rows.take_in(encoder.name, images, given, new=list(images))


def _rows(here: Collection) -> Sequence[Row]:
    return [
        {
            "id": each.id,
            "path": to_stored_path(str(each.path)),
            "hash": each.hash,
            "bytes": each.bytes,
            "mtime_ns": each.mtime_ns,
            "tags": list(each.tags),
            "draw": draw_of(each.id),
            "width": each.width,
            "height": each.height,
            "format": each.format,
            "added_at": each.id,
        }
        | caption_fields([{"text": text, "source": "captions.tsv"} for text in each.captions])
        for each in here
    ]
