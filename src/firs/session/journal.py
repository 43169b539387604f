"""The journal of a session that is not saved."""

from collections.abc import Mapping, Sequence
from typing import Any

from firs.collection.stores import Journal


class Unsaved:
    """Writes nothing: for sessions that end with their process."""

    def is_current(self) -> bool:
        """Return true: no other process can change the session."""
        return True

    def append(self, event: Mapping[str, Any]) -> None:
        """Do nothing."""

    def pop(self) -> None:
        """Do nothing."""

    def fork(
        self, document: Mapping[str, Any], events: Sequence[Mapping[str, Any]]
    ) -> tuple[str, Journal]:
        """Return a journal that is not saved either."""
        del document, events
        return "", Unsaved()
