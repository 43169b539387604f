"""The encoder of a collection: opened when first needed, and only if the vectors are its own."""

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from firs.encoders import Encoder, canonical, open_encoder
from firs.errors import CollectionNotFound, EncoderMismatch, InputError
from firs.storage import rows
from firs.storage.records import EncoderRecord

DEFAULT = "mini"
AND = "+"

AskedEncoders: TypeAlias = str | Encoder | Sequence[str | Encoder] | None
"""A name, several as in ``mini+siglip2-base``, an encoder, several of either, or the usual one."""


class EncodersInUse:
    """The encoders that a collection was opened with, and those of single searches.

    Args:
        requested: the requested encoders; None for the collection's first.
        stored: the encoders that the collection has embeddings of.
        collection: the collection's folder, for messages.

    Raises:
        EncoderMismatch: the embeddings of a requested encoder come from other weights.
        InputError: there is no encoder of a name, or one is named twice.
    """

    def __init__(
        self, requested: AskedEncoders, stored: Sequence[EncoderRecord], collection: Path | str
    ) -> None:
        self._collection = collection
        self._lock = threading.Lock()
        self._known: dict[str, EncoderInUse] = {}
        self._asked = self._several(requested, stored)

    def one(self) -> "EncoderInUse":
        """Return the requested encoder, where it must be a single one.

        Raises:
            InputError: the collection was opened with several.
        """
        if len(self._asked) > 1:
            names = AND.join(each.name for each in self._asked)
            raise InputError(
                f"{names} are for searching; this takes one encoder at a time, as in: "
                f"firs index DIR --encoder {self._asked[0].name}"
            )
        return self._asked[0]

    def those(
        self, requested: AskedEncoders, stored: Sequence[EncoderRecord]
    ) -> Sequence["EncoderInUse"]:
        """Return the encoders of one search; by default the ones the collection was opened with.

        Raises:
            EncoderMismatch: the embeddings of a requested encoder come from other weights.
            InputError: there is no encoder of a name, or one is named twice.
        """
        return self._asked if requested is None else self._several(requested, stored)

    def _several(
        self, requested: AskedEncoders, stored: Sequence[EncoderRecord]
    ) -> list["EncoderInUse"]:
        found = [
            self._of(each, stored)
            for each in each_encoder(requested, [record.name for record in stored])
        ]
        if not found:
            raise InputError("Name an encoder or more.")
        names = [each.name for each in found]
        if len(set(names)) < len(names):
            raise InputError(f"An encoder is named twice in {AND.join(names)}; name each once.")
        return found

    def _of(
        self, requested: str | Encoder | None, stored: Sequence[EncoderRecord]
    ) -> "EncoderInUse":
        """Return the open encoder, since loading takes time, or a new one."""
        made = EncoderInUse(requested, stored, self._collection)
        with self._lock:
            if not isinstance(requested, str | None):
                self._known[made.name] = made
            return self._known.setdefault(made.name, made)


def each_encoder(
    requested: AskedEncoders, stored: Sequence[str] = ()
) -> Iterable[str | Encoder | None]:
    """Split a request into single encoders; a stored encoder name may itself contain a plus.

    Raises:
        InputError: a name is empty.
    """
    if not isinstance(requested, str):
        return requested if isinstance(requested, Sequence) else [requested]
    folder = Path(requested.partition(":")[2] or requested).expanduser()
    names = [requested] if requested in stored or folder.is_dir() else requested.split(AND)
    if not all(name.strip() for name in names) and len(names) > 1:
        raise InputError(f"Several encoders are named as in mini+siglip2-base, not {requested!r}.")
    return [name.strip() for name in names]


def require_encoders(connection: sqlite3.Connection, collection: Path) -> list[EncoderRecord]:
    """Return the encoders that a collection has embeddings of.

    Raises:
        CollectionNotFound: there are none.
    """
    return check_not_empty(rows.encoders(connection), collection)


def check_not_empty(stored: list[EncoderRecord], collection: Path | str) -> list[EncoderRecord]:
    """Return the encoder records, or raise if there are none.

    Raises:
        CollectionNotFound: there are none.
    """
    if not stored:
        raise CollectionNotFound(
            f"The collection {collection} is empty. Add photos: firs index DIR"
        )
    return stored


def encoder_by_name(stored: Sequence[EncoderRecord], name: str) -> EncoderRecord:
    """Return the stored encoder with this name.

    Raises:
        InputError: there is none.
    """
    found = [record for record in stored if record.name == name]
    if not found:
        known = ", ".join(record.name for record in stored)
        raise InputError(
            f"The collection has no vectors of {name!r}, only of: {known}. "
            f"Add them: firs index DIR --encoder {name}"
        )
    return found[0]


class EncoderInUse:
    """The requested encoder, or the first one that the collection has embeddings of.

    Args:
        requested: the request: a name, an encoder, or None for the collection's own.
        stored: the encoders that the collection has embeddings of.
        collection: the collection's folder, for messages.

    Raises:
        EncoderMismatch: the embeddings of this encoder come from other weights.
        InputError: there is no encoder of this name.
    """

    def __init__(
        self,
        requested: str | Encoder | None,
        stored: Sequence[EncoderRecord],
        collection: Path | str,
    ) -> None:
        self._collection = collection
        self._lock = threading.Lock()
        self._encoder = None if requested is None or isinstance(requested, str) else requested
        self._is_given = self._encoder is not None
        if self._encoder is not None:
            self.name = self._encoder.name
        else:
            self.name = _name(str(requested) if requested else None, stored)
        self.check(stored)

    @property
    def is_built_in(self) -> bool:
        """Whether it is ``mini``, by name, and not an object that was passed."""
        return self.name == DEFAULT and not self._is_given

    def check(self, stored: Sequence[EncoderRecord]) -> None:
        """Check that new embeddings are compatible with the stored ones.

        Raises:
            EncoderMismatch: they are not.
        """
        if self._encoder is not None:
            self._check_weights(self._encoder, stored)

    def matching_record(self, stored: Sequence[EncoderRecord]) -> EncoderRecord:
        """Return the stored record of this encoder, which has embeddings to search.

        Raises:
            EncoderMismatch: there are no embeddings of this encoder, or only of other weights.
        """
        self.check(stored)
        for record in stored:
            if record.name == self.name:
                return record
        known = ", ".join(record.name for record in stored)
        raise EncoderMismatch(
            f"The collection {self._collection} has vectors of {known}, but none of "
            f"{self.name!r}. Add them: firs index DIR --encoder {self.name}"
        )

    def supersedes(self, stored: Sequence[EncoderRecord]) -> bool:
        """Return whether the stored embeddings come from an earlier version of ``mini``."""
        if not self.is_built_in:
            return False
        fingerprint = self._load().fingerprint
        return any(each.name == DEFAULT and each.fingerprint != fingerprint for each in stored)

    def open(self, stored: Sequence[EncoderRecord]) -> Encoder:
        """Load the encoder, once, and check its weights against the stored embeddings.

        Raises:
            EncoderMismatch: the weights are different.
            EncoderError: its files are absent or damaged.
        """
        encoder = self._load()
        self.check(stored)
        return encoder

    def _load(self) -> Encoder:
        with self._lock:
            if self._encoder is None:
                self._encoder = self._open_encoder()
            return self._encoder

    def _open_encoder(self) -> Encoder:
        try:
            return open_encoder(self.name)
        except InputError as error:
            raise InputError(
                f"{error} An encoder of your own is handed over as an object: "
                "Collection(path, encoder=yours)."
            ) from error

    def _check_weights(self, encoder: Encoder, stored: Sequence[EncoderRecord]) -> None:
        for record in stored:
            if record.name != encoder.name or record.fingerprint == encoder.fingerprint:
                continue
            if self.is_built_in:
                raise EncoderMismatch(
                    f"The collection {self._collection} was indexed with an earlier version of "
                    f"{DEFAULT}. Embed its photos again: firs index DIR (captions, tags and "
                    "sessions are kept)"
                )
            raise EncoderMismatch(
                f"The collection {self._collection} was made with other weights of "
                f"{encoder.name!r} ({record.fingerprint[:12]}; these are "
                f"{encoder.fingerprint[:12]}). Use the QT-FIRS that made it, or index the "
                "photos again into a new collection: firs index DIR --collection NEW"
            )


def _name(requested: str | None, stored: Sequence[EncoderRecord]) -> str:
    """Return the name that embeddings are stored under; a stored name need not be registered."""
    if requested is None:
        return stored[0].name if stored else DEFAULT
    return requested if requested in [record.name for record in stored] else canonical(requested)
