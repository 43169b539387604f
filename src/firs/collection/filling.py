"""A further encoder joins: images that are known already get their vectors of it too."""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from firs.collection.database import transaction
from firs.collection.paths import Root
from firs.collection.reading import Progress, Reader, Reading, knows_nothing


class Filling:
    """Gives the images that one encoder has not seen their vectors.

    Args:
        connection: the one that writes.
        root: what paths are relative to.
        encoder_id: the encoder's row.
    """

    def __init__(self, connection: sqlite3.Connection, root: Root, encoder_id: int) -> None:
        self._connection = connection
        self._root = root
        self._encoder_id = encoder_id

    def lacking(self) -> dict[bytes, list[tuple[int, str]]]:
        """Images without a vector of this encoder: content's hash → ids and paths."""
        rows = self._connection.execute(
            "SELECT hash, id, path FROM image WHERE NOT EXISTS (SELECT 1 FROM vector "
            "WHERE image_id = image.id AND encoder_id = ?) ORDER BY id",
            (self._encoder_id,),
        )
        found: dict[bytes, list[tuple[int, str]]] = defaultdict(list)
        for hash_, id_, noted in rows:
            found[hash_].append((id_, self._root.absolute(noted)))
        return found

    def run(self, present: Collection[str], reader: Reader, progress: Progress) -> int:
        """Encode what is lacking among the files that are present; each batch is kept for good.

        A file that cannot be read, or has changed, is left to those who look for such.

        Returns:
            How many images got a vector.

        Raises:
            EncoderError: the encoder is broken.
        """
        lacking = self.lacking()
        paths = list(_one_path_each(lacking.values(), present))
        filled = done = 0
        for batch in reader.embedded(paths, knows_nothing):
            filled += self._fill(batch, lacking)
            done += len(batch)
            progress(done, len(paths))
        return filled

    def _fill(self, batch: Sequence[Reading], lacking: dict[bytes, list[tuple[int, str]]]) -> int:
        contents = {each.hash: each.content for each in batch if each.content is not None}
        rows = [
            (id_, self._encoder_id, content.vector)
            for hash_, content in contents.items()
            for id_, _ in lacking.pop(hash_, ())
        ]
        with transaction(self._connection):
            self._connection.executemany(
                "INSERT INTO vector (image_id, encoder_id, data) VALUES (?, ?, ?)", rows
            )
        return len(rows)


def _one_path_each(
    lacking: Iterable[Sequence[tuple[int, str]]], present: Collection[str]
) -> Iterator[str]:
    """Of images of equal content one is enough."""
    for images in lacking:
        found = [path for _, path in images if path in present]
        yield from found[:1]
