"""The tags of a collection on a server."""

from collections.abc import Callable, Container, Iterable, Sequence

from firs.collection.tagging import validate_tags
from firs.errors import InputError
from firs.milvus.documents import Documents
from firs.milvus.fields import Row
from firs.milvus.filters import quote
from firs.milvus.rows import Rows
from firs.milvus.schema import MOST_TAGS
from firs.milvus.server import Server

_KIND = "tag"
"""A note for each tag that an image ever had, since a server cannot list them itself."""


class ServerTags:
    """See ``firs.collection.tagging``.

    Args:
        server: counts images.
        name: of the collection.
        rows: of it.
        notes: of it.
        require_known: refuses ids that are not among some.
    """

    def __init__(
        self,
        server: Server,
        name: str,
        rows: Rows,
        notes: Documents,
        require_known: Callable[[Iterable[int], Container[int]], None],
    ) -> None:
        self._server = server
        self._name = name
        self._rows = rows
        self._notes = notes
        self._require_known = require_known

    def add(self, ids: Iterable[int], tags: Sequence[str]) -> int:
        """Tag images; return how many tags are new to them."""
        names = validate_tags(tags)
        kept = self._require_rows(ids)
        new = {
            id_: row | {"tags": _few(row, sorted({*row["tags"], *names}))}
            for id_, row in kept.items()
        }
        note_tags(self._notes, names)
        return self._write(kept, new)

    def remove(self, ids: Iterable[int], tags: Sequence[str]) -> int:
        """Take tags away; return how many there were."""
        names = set(validate_tags(tags))
        kept = self._require_rows(ids)
        new = {
            id_: row | {"tags": [each for each in row["tags"] if each not in names]}
            for id_, row in kept.items()
        }
        return self._write(kept, new)

    def counts(self) -> dict[str, int]:
        """How many images have each tag, in the order of the tags."""
        found = {
            tag: self._server.count(self._name, f"array_contains(tags, {quote(tag)})")
            for tag in sorted(self._notes.all(_KIND))
        }
        return {tag: count for tag, count in found.items() if count}

    def _require_rows(self, ids: Iterable[int]) -> dict[int, Row]:
        wanted = [int(id_) for id_ in ids]
        kept = self._rows.get(wanted)
        self._require_known(wanted, kept)
        return kept

    def _write(self, kept: dict[int, Row], new: dict[int, Row]) -> int:
        changed = {id_: row for id_, row in new.items() if row["tags"] != kept[id_]["tags"]}
        if changed:
            self._rows.write(changed)
        return sum(abs(len(new[id_]["tags"]) - len(kept[id_]["tags"])) for id_ in changed)


def note_tags(notes: Documents, tags: Iterable[str]) -> None:
    """Note that there are such tags."""
    notes.put(_KIND, {tag: {} for tag in tags})


def _few(row: Row, tags: list[str]) -> list[str]:
    if len(tags) > MOST_TAGS:
        raise InputError(
            f"{row['path']} would have {len(tags):,} tags; a server keeps {MOST_TAGS:,} an image."
        )
    return tags
