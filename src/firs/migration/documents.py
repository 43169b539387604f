"""The documents of a collection on their way to another: read, put and compared in one loop.

A document is the same on both sides, except for how paths are stored, which indexes a side has, and
what is measured again from the embeddings.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from firs.collection.calibrations import CALIBRATION
from firs.collection.index_maintainer import CHOSEN
from firs.collection.made_captions import CAPTIONER, MADE
from firs.collection.querylog import LOG, SWITCH
from firs.collection.sessions import SESSION
from firs.index import rename_kind
from firs.storage.documents import (
    PROBLEM,
    Document,
    Documents,
    StoredPaths,
    decode_array,
    encode_array,
)
from firs.storage.records import batches

KINDS = {
    PROBLEM: "problems",
    SESSION: "sessions",
    LOG: "log",
    SWITCH: "log switch",
    MADE: "made captions",
    CAPTIONER: "captioners",
    CALIBRATION: "calibrations",
    CHOSEN: "chosen indexes",
}
"""Kinds of documents that are copied, and their names in a report."""

_READ_AT_ONCE = 500
_UNKNOWN = -1
"""A revision that no embeddings have: what was measured on them is measured again."""


class PortableDocuments:
    """The documents of one side, converted to a form that is equal on all sides, and back.

    Args:
        documents: the documents of the side.
        paths: how it stores paths.
        has_index: whether it has an index kind.
        indexes: its index kind for each purpose: see ``index_purpose``.
        existing: returns those of some images that exist; log records of others are left over from
            an interrupted removal and are not copied.
    """

    def __init__(
        self,
        documents: Documents,
        paths: StoredPaths,
        has_index: Callable[[str], bool],
        indexes: Mapping[str, str],
        existing: Callable[[Sequence[int]], Container[int]],
    ) -> None:
        self._documents = documents
        self._paths = paths
        self._has_index = has_index
        self._indexes = indexes
        self._existing = existing

    def read(self, kind: str) -> Iterator[Document]:
        """Yield all documents of a kind, in their portable form."""
        for keys in batches(iter(self._documents.keys(kind)), _READ_AT_ONCE):
            found = dict(self._documents.get_with_stamps(kind, keys))
            read = [Document(kind, key, *found[key]) for key in keys if key in found]
            yield from map(self._to_portable, self._without_strays(read))

    def put(self, documents: Sequence[Document]) -> None:
        """Write documents that are in their portable form."""
        self._documents.write(map(self._from_portable, documents))

    def _without_strays(self, documents: Sequence[Document]) -> Iterator[Document]:
        images = [each.body["image"] for each in documents if "image" in each.body]
        existing = self._existing(images) if images else ()
        for each in documents:
            if "image" not in each.body or each.body["image"] in existing:
                yield each

    def _to_portable(self, document: Document) -> Document:
        body = dict(document.body)
        if document.kind == PROBLEM:
            body["path"] = self._paths.to_absolute(body["path"])
            return document._replace(key=body["path"], body=body)
        if document.kind == CHOSEN:
            kind = body.get("kind")
            return document._replace(body={"kind": kind and rename_kind(str(kind))})
        if document.kind == CALIBRATION:
            return document._replace(body=_without_measures(body))
        return document

    def _from_portable(self, document: Document) -> Document:
        body = dict(document.body)
        if document.kind == PROBLEM:
            body["path"] = self._paths.to_stored(body["path"])
            return document._replace(key=self._paths.key(body["path"]), body=body)
        if document.kind == CHOSEN and body["kind"] is not None:
            kind = str(body["kind"])
            body["kind"] = kind if self._has_index(kind) else self._indexes[index_purpose(kind)]
            return document._replace(body=body)
        return document


def comparable(document: Document) -> Any:
    """Return what must be equal on both sides, from a document in its portable form."""
    body = dict(document.body)
    if document.kind == CHOSEN:
        body["kind"] = None if body["kind"] is None else index_purpose(str(body["kind"]))
    stamp = document.stamp if document.kind == CALIBRATION else ""
    return [document.key, body, stamp]


def _without_measures(body: dict[str, Any]) -> dict[str, Any]:
    """Return a calibration without biases, which follow from the rest and the embeddings.

    The arrays are encoded again, so that equal ones have equal texts.
    """
    arrays = {name: encode_array(decode_array(body[name])) for name in ("texts", "owners")}
    biases = encode_array(np.empty(0, np.float32))
    return body | arrays | {"revision": _UNKNOWN, "biases": biases}


EXACT, BITS, APPROXIMATE = "exact", "bits", "approximate"

_PURPOSES = {
    "exact": EXACT,
    "exact(dtype=float32)": EXACT,
    "flat": EXACT,
    "hash": BITS,
    "bin-flat": BITS,
    "bin-ivf": BITS,
}


def index_purpose(kind: str) -> str:
    """Return what an index kind is for: ``exact``, ``bits`` or ``approximate``.

    >>> index_purpose("hash"), index_purpose("hnsw")
    ('bits', 'approximate')
    """
    return _PURPOSES.get(kind, APPROXIMATE)
