"""Captions that captioners made, kept on a server by the image's content and the captioner."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from firs.milvus.note_rows import Document, Note
from firs.milvus.notes import Documents
from firs.milvus.told import some_said
from firs.storage.writing import now

MADE, CAPTIONER = "made", "captioner"

_AT_ONCE = 500


class MilvusGeneratedCaptions:
    """See ``firs.collection.stores``.

    Args:
        notes: of the collection.
    """

    def __init__(self, notes: Documents) -> None:
        self._notes = notes

    def lookup(self, captioner: str, hashes: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Hash (32 hex digits) → captions, of those images that this captioner has seen."""
        keys = {_key(captioner, each): each for each in hashes}
        found = self._notes.get(MADE, keys)
        return {keys[key]: tuple(told["texts"]) for key, told in found.items()}

    def keep(self, captioner: str, made: Mapping[str, Sequence[str]]) -> None:
        """Keep captions by hash; an older one of the same captioner gives way."""
        at = now()
        self.put(captioner, {hash_: (texts, at) for hash_, texts in made.items()})

    def put(self, captioner: str, made: Mapping[str, tuple[Sequence[str], str]]) -> None:
        """Keep captions by hash, with the times when they were made."""
        notes = [
            Note(MADE, _key(captioner, hash_), {"hash": hash_, "texts": list(texts), "at": at})
            for hash_, (texts, at) in made.items()
        ]
        self._notes.write([Note(CAPTIONER, _digest(captioner), {"name": captioner}), *notes])

    def forget(self, captioner: str = "") -> int:
        """Remove those of one captioner, or all; return of how many pictures."""
        digest = _digest(captioner) if captioner else ""
        self._notes.forget_all(CAPTIONER, digest)
        return self._notes.forget_all(MADE, digest)

    def texts(self, most: int) -> list[str]:
        """What people say of some images, each once; about evenly picked, at most ``most``."""
        said = some_said(self._notes.server, self._notes.name, 2 * most)
        texts = list(dict.fromkeys(each["text"] for _, captions in said for each in captions))
        step = max(1, -(-len(texts) // most))
        return texts[::step]

    def counts(self) -> dict[str, int]:
        """Captioner → how many pictures it has captioned."""
        found = {
            str(told["name"]): self._notes.count(MADE, digest)
            for digest, told in self._notes.each(CAPTIONER)
        }
        return {name: found[name] for name in sorted(found) if found[name]}

    def each(self, captioner: str) -> Iterable[Document]:
        """All of one captioner: hash, texts and when, as ``at``."""
        return (told for _, told in self._notes.each(MADE, _digest(captioner)))


def _key(captioner: str, hash_: str) -> str:
    return f"{_digest(captioner)}/{hash_}"


def _digest(captioner: str) -> str:
    """A captioner's name may be long, and have letters that no key has."""
    return hashlib.blake2b(captioner.encode(), digest_size=16).hexdigest()
