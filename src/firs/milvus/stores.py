"""Files that could not be read, as they are noted on a server."""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from firs.collection.examples import ExampleRecord
from firs.milvus.documents import Document, Documents, Note
from firs.milvus.images import captioned_images
from firs.milvus.schema import id_of, path_of, to_stored_path
from firs.storage.database import now

_KIND = "problem"


class Problems:
    """The problems of one collection; what is noted is written by ``keep``."""

    def __init__(self, notes: Documents) -> None:
        self._notes = notes
        self._noted: dict[str, str] = {}
        self._solved: set[str] = set()

    def all(self) -> list[tuple[str, str]]:
        """Path and reason, by path."""
        found = self._notes.all(_KIND).values()
        return sorted((path_of(each["path"]), each["reason"]) for each in found)

    def note(self, path: str, reason: str) -> None:
        """Keep why a file could not be read."""
        self._noted[path] = reason

    def forget(self, path: str) -> None:
        """Drop what was noted of a file."""
        self._solved.add(path)

    def keep(self) -> None:
        """Write what was noted and forgotten."""
        if self._noted:
            at = now()
            self._notes.put(
                _KIND,
                {
                    _problem_key(path): {
                        "path": to_stored_path(path),
                        "reason": reason,
                        "seen_at": at,
                    }
                    for path, reason in self._noted.items()
                },
            )
        if self._solved:
            self._notes.forget(_KIND, [_problem_key(path) for path in self._solved])
        self._noted, self._solved = {}, set()


def _problem_key(path: str) -> str:
    """A path may be longer than a key."""
    return str(id_of(path))


EXAMPLE, DATA = "example", "example-data"
"""Kinds of documents: what is known of a picture, and its bytes."""


class ServerExamples:
    """See ``firs.collection.stores``.

    Args:
        notes: of the collection.
    """

    def __init__(self, notes: Documents) -> None:
        self._notes = notes

    def add(self, record: ExampleRecord, data: bytes) -> None:
        """Store a picture, in the place of an older one with the same id."""
        content = Note(DATA, record.id, {"data": b64encode(data).decode()})
        self._notes.write([content, Note(EXAMPLE, record.id, asdict(record))])

    def get(self, id_: str) -> tuple[ExampleRecord, bytes] | None:
        """Return a picture and its bytes; ``None`` if there is none with this id."""
        record, content = (self._document(kind, id_) for kind in (EXAMPLE, DATA))
        if record is None or content is None:
            return None
        return ExampleRecord(**record), b64decode(content["data"])

    def records(self) -> list[ExampleRecord]:
        """List all of them, the oldest first."""
        found = (ExampleRecord(**each) for each in self._notes.all(EXAMPLE).values())
        return sorted(found, key=lambda each: (each.added_at, each.id))

    def remove(self, ids: Iterable[str]) -> None:
        """Delete examples by id; unknown ids are ignored."""
        given = list(ids)
        for kind in (EXAMPLE, DATA):
            self._notes.forget(kind, given)

    def _document(self, kind: str, id_: str) -> Document | None:
        """Return a document, even one that another process has only just written."""
        found = self._notes.get(kind, [id_]) or self._notes.get(kind, [id_], fresh=True)
        return found.get(id_)


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
        """Return captions of some images, each once; about evenly picked, at most ``most``."""
        found = captioned_images(self._notes.server, self._notes.name, 2 * most)
        texts = list(dict.fromkeys(each["text"] for _, captions in found for each in captions))
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
