"""The encoder of a collection: opened when first needed, and only if the vectors are its own."""

import threading
from collections.abc import Sequence
from pathlib import Path

from firs.collection.records import EncoderRecord
from firs.encoders import ENCODERS, Encoder, open_encoder
from firs.errors import EncoderMismatch, InputError

DEFAULT = "mini"


class EncoderInUse:
    """The encoder asked for, or the one whose vectors a collection holds.

    Args:
        asked: a name, an encoder, or None for the collection's own.
        held: whose vectors the collection holds.
        collection: the collection's folder, for messages.

    Raises:
        EncoderMismatch: the collection holds vectors, but none of this encoder.
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
            self.name = str(asked or (held[0].name if held else DEFAULT))
        self.check(held)

    def check(self, held: Sequence[EncoderRecord]) -> None:
        """Make sure that new vectors may stand beside those that are held.

        Raises:
            EncoderMismatch: they may not.
        """
        if held and self.name not in [record.name for record in held]:
            raise EncoderMismatch(
                f"The collection {self._collection} was made with the encoder "
                f"{held[0].name!r}, not {self.name!r}. Use {held[0].name!r}, or make another "
                f"collection: firs index DIR --collection NEW --encoder {self.name}"
            )
        if self._encoder is not None:
            self._check_weights(self._encoder, held)

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
        if self.name not in ENCODERS:
            known = ", ".join(sorted(ENCODERS))
            raise InputError(
                f"There is no encoder called {self.name!r}. Choose one of: {known}. An encoder of "
                "your own is handed over as an object: Collection(path, encoder=yours)."
            )
        return open_encoder(self.name)

    def _check_weights(self, encoder: Encoder, held: Sequence[EncoderRecord]) -> None:
        for record in held:
            if record.name == encoder.name and record.fingerprint != encoder.fingerprint:
                raise EncoderMismatch(
                    f"The collection {self._collection} was made with other weights of "
                    f"{encoder.name!r} ({record.fingerprint[:12]}; these are "
                    f"{encoder.fingerprint[:12]}). Use the QT-FIRS that made it, or index the "
                    "photos again into a new collection: firs index DIR --collection NEW"
                )
