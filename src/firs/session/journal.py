"""Where a session is written down that is not saved."""

from collections.abc import Mapping, Sequence
from typing import Any

from firs.collection.stores import Journal


class Unsaved:
    """Writes nothing: for sessions that nobody will come back to."""

    def append(self, event: Mapping[str, Any]) -> None:
        """Forget the event."""

    def pop(self) -> None:
        """Nothing is there to take back."""

    def fork(
        self, document: Mapping[str, Any], events: Sequence[Mapping[str, Any]]
    ) -> tuple[str, Journal]:
        """Another that is not written down."""
        del document, events
        return "", Unsaved()
