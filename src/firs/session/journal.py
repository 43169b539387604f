"""Where a session is written down as it goes."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Journal(Protocol):
    """Keeps a session's events; each is on disk for good when the call returns."""

    def append(self, event: Mapping[str, Any]) -> None:
        """Write down the next event.

        Raises:
            InputError: the session was gone on with elsewhere, or is forgotten.
            StorageError: the disk is full, read-only or failing; nothing was written.
        """

    def pop(self) -> None:
        """Take back the last event.

        Raises:
            InputError: the session was gone on with elsewhere, or is forgotten.
            StorageError: the disk is full, read-only or failing; nothing was taken back.
        """

    def fork(
        self, document: Mapping[str, Any], events: Sequence[Mapping[str, Any]]
    ) -> tuple[str, "Journal"]:
        """Begin another session with some events; return its id and where it is written down.

        Raises:
            StorageError: the disk is full, read-only or failing.
        """


class Unsaved:
    """Writes nothing: for sessions that nobody will come back to."""

    def append(self, event: Mapping[str, Any]) -> None:
        """Forget the event."""

    def pop(self) -> None:
        """Nothing is there to take back."""

    def fork(
        self, document: Mapping[str, Any], events: Sequence[Mapping[str, Any]]
    ) -> tuple[str, "Journal"]:
        """Another that is not written down."""
        del document, events
        return "", Unsaved()
