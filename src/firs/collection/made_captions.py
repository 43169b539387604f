"""Generated captions, stored by the image's content and the captioner."""

from collections.abc import Iterable, Mapping, Sequence

from firs.storage.database import now
from firs.storage.documents import Document, Documents, digest

MADE, CAPTIONER = "made", "captioner"
"""Kinds of documents: the captions of an image by a captioner, and the captioner's name."""


class GeneratedCaptions:
    """The generated captions of one collection; a copy of an image needs no second caption.

    Args:
        documents: the documents of the collection.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def lookup(self, captioner: str, hashes: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return hash (32 hex digits) → captions, for images that this captioner has processed."""
        keys = {_key(captioner, each): each for each in hashes}
        found = self._documents.get(MADE, keys)
        return {keys[key]: tuple(body["texts"]) for key, body in found.items()}

    def keep(self, captioner: str, made: Mapping[str, Sequence[str]]) -> None:
        """Store captions by hash, replacing older ones of the same captioner.

        Raises:
            StorageError: the disk is full, read-only or failing; none was stored.
        """
        at = now()
        made_documents = (
            Document(MADE, _key(captioner, hash_), {"hash": hash_, "texts": list(texts), "at": at})
            for hash_, texts in made.items()
        )
        name = Document(CAPTIONER, digest(captioner), {"name": captioner})
        self._documents.write([name, *made_documents])

    def forget(self, captioner: str = "") -> int:
        """Remove the captions of one captioner, or all; return the number of images affected.

        Raises:
            StorageError: the disk is full, read-only or failing; nothing was removed.
        """
        prefix = digest(captioner) if captioner else ""
        with self._documents.atomic():
            self._documents.forget_all(CAPTIONER, prefix)
            return self._documents.forget_all(MADE, prefix)

    def counts(self) -> dict[str, int]:
        """Return captioner → number of images it has captioned."""
        found = {
            str(body["name"]): self._documents.count(MADE, key)
            for key, body in self._documents.each(CAPTIONER)
        }
        return {name: found[name] for name in sorted(found) if found[name]}


def _key(captioner: str, hash_: str) -> str:
    return f"{digest(captioner)}/{hash_}"
