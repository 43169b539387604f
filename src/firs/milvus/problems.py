"""Files that could not be read, as they are noted on a server."""

from firs.milvus.ids import id_of, path_of, to_stored_path
from firs.milvus.notes import Documents
from firs.storage.writing import now

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
                    _key(path): {"path": to_stored_path(path), "reason": reason, "seen_at": at}
                    for path, reason in self._noted.items()
                },
            )
        if self._solved:
            self._notes.forget(_KIND, [_key(path) for path in self._solved])
        self._noted, self._solved = {}, set()


def _key(path: str) -> str:
    """A path may be longer than a key."""
    return str(id_of(path))
