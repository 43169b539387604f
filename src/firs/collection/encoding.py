"""The encoder of a collection: opened when first needed, and only if the vectors are its own."""

import threading
from collections.abc import Sequence
from pathlib import Path

from firs.collection.records import EncoderRecord
from firs.encoders import Encoder, canonical, open_encoder
from firs.errors import EncoderMismatch, InputError

DEFAULT = "mini"


class EncoderInUse:
    """The encoder asked for, or the first of those whose vectors a collection holds.

    Args:
        asked: a name, an encoder, or None for the collection's own.
        held: whose vectors the collection holds.
        collection: the collection's folder, for messages.

    Raises:
        EncoderMismatch: the vectors of this encoder come from other weights.
        InputError: there is no encoder of this name.
    """

    def __init__(
        self, asked: str | Encoder | None, held: Sequence[EncoderRecord], collection: Path
    ) -> None:
        self._collection = collection
        self._lock = threading.Lock()
        self._encoder = None if asked is None or isinstance(asked, str) else asked
        if self._encoder is not None:
            self.name = self._encoder.name
        else:
            self.name = _name(str(asked) if asked else None, held)
        self.check(held)

    def check(self, held: Sequence[EncoderRecord]) -> None:
        """Make sure that new vectors may stand beside those that are held.

        Raises:
            EncoderMismatch: they may not.
        """
        if self._encoder is not None:
            self._check_weights(self._encoder, held)

    def held(self, held: Sequence[EncoderRecord]) -> EncoderRecord:
        """Of the encoders held, return this one, whose vectors can be searched.

        Raises:
            EncoderMismatch: there are no vectors of this encoder, or of other weights.
        """
        self.check(held)
        for record in held:
            if record.name == self.name:
                return record
        known = ", ".join(record.name for record in held)
        raise EncoderMismatch(
            f"The collection {self._collection} holds vectors of {known}, but none of "
            f"{self.name!r}. Add them: firs index DIR --encoder {self.name}"
        )

    def open(self, held: Sequence[EncoderRecord]) -> Encoder:
        """Open the encoder, once, and make sure that its weights are those of the held vectors.

        Raises:
            EncoderMismatch: the weights are others.
            EncoderError: its files are absent or damaged.
        """
        with self._lock:
            if self._encoder is None:
                self._encoder = self._opened()
        self.check(held)
        return self._encoder

    def _opened(self) -> Encoder:
        try:
            return open_encoder(self.name)
        except InputError as error:
            raise InputError(
                f"{error} An encoder of your own is handed over as an object: "
                "Collection(path, encoder=yours)."
            ) from error

    def _check_weights(self, encoder: Encoder, held: Sequence[EncoderRecord]) -> None:
        for record in held:
            if record.name == encoder.name and record.fingerprint != encoder.fingerprint:
                raise EncoderMismatch(
                    f"The collection {self._collection} was made with other weights of "
                    f"{encoder.name!r} ({record.fingerprint[:12]}; these are "
                    f"{encoder.fingerprint[:12]}). Use the QT-FIRS that made it, or index the "
                    "photos again into a new collection: firs index DIR --collection NEW"
                )


def _name(asked: str | None, held: Sequence[EncoderRecord]) -> str:
    """The name under which vectors are kept; one that is held need not be known otherwise."""
    if asked is None:
        return held[0].name if held else DEFAULT
    return asked if asked in [record.name for record in held] else canonical(asked)
