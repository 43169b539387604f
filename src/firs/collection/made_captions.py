"""Generated captions, stored by the image's content and the captioner."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from firs.storage.database import Database

_AT_ONCE = 500

Captions = tuple[str, ...]


class GeneratedCaptions:
    """The cache of one collection; a copy of a picture needs no second caption.

    Args:
        database: of the collection.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def lookup(self, captioner: str, hashes: Iterable[str]) -> dict[str, Captions]:
        """Return hash (32 hex digits) → captions, for images that this captioner has processed."""
        wanted = list(dict.fromkeys(hashes))
        found: dict[str, Captions] = {}
        with self._database.reading() as connection:
            for at in range(0, len(wanted), _AT_ONCE):
                some = [bytes.fromhex(each) for each in wanted[at : at + _AT_ONCE]]
                marks = ", ".join("?" * len(some))
                rows = connection.execute(
                    f"SELECT hash, texts FROM made_caption "  # noqa: S608
                    f"WHERE captioner = ? AND hash IN ({marks})",
                    (captioner, *some),
                )
                found.update((hash_.hex(), tuple(json.loads(texts))) for hash_, texts in rows)
        return found

    def keep(self, captioner: str, made: Mapping[str, Sequence[str]]) -> None:
        """Store captions by hash, replacing older ones of the same captioner.

        Raises:
            StorageError: the disk is full, read-only or failing; none was stored.
        """
        at = datetime.now(UTC).isoformat(timespec="seconds")
        rows = [
            (bytes.fromhex(hash_), captioner, json.dumps(list(texts), ensure_ascii=False), at)
            for hash_, texts in made.items()
        ]
        with self._database.short_write() as connection:
            connection.executemany("INSERT OR REPLACE INTO made_caption VALUES (?, ?, ?, ?)", rows)

    def forget(self, captioner: str = "") -> int:
        """Remove the captions of one captioner, or all; return the number of images affected.

        Raises:
            StorageError: the disk is full, read-only or failing; nothing was removed.
        """
        with self._database.short_write() as connection:
            where, given = ("WHERE captioner = ?", [captioner]) if captioner else ("", [])
            return connection.execute(f"DELETE FROM made_caption {where}", given).rowcount  # noqa: S608

    def texts(self, most: int) -> list[str]:
        """Return distinct captions of the images, evenly sampled, at most ``most``."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT text FROM caption GROUP BY text ORDER BY min(id)")
            texts = [text for (text,) in rows]
        step = max(1, -(-len(texts) // most))
        return texts[::step]

    def counts(self) -> dict[str, int]:
        """Captioner → how many pictures it has captioned."""
        with self._database.reading() as connection:
            return dict(
                connection.execute(
                    "SELECT captioner, count(*) FROM made_caption GROUP BY captioner ORDER BY 1"
                )
            )
