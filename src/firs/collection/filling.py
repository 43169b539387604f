"""A further encoder joins: images that are known already get their vectors of it too."""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial

from firs.collection.database import transaction
from firs.collection.embedding import embed
from firs.collection.ingest import Pace
from firs.collection.paths import Root
from firs.collection.reading import Reading, batches, read_file, threads
from firs.encoders import Encoder


class Filling:
    """Gives the images that one encoder has not seen their vectors.

    Args:
        connection: the one that writes.
        root: what paths are relative to.
        encoder: what encodes.
        encoder_id: its row.
        dtype: how its vectors are kept.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        root: Root,
        encoder: Encoder,
        encoder_id: int,
        dtype: str,
    ) -> None:
        self._connection = connection
        self._root = root
        self._encoder = encoder
        self._encoder_id = encoder_id
        self._dtype = dtype

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

    def run(self, present: Collection[str], pace: Pace) -> int:
        """Encode what is lacking among the files that are present; each batch is kept for good.

        A file that cannot be read, or has changed, is left to those who look for such.

        Returns:
            How many images got a vector.

        Raises:
            EncoderError: the encoder is broken.
        """
        lacking = self.lacking()
        paths = list(_one_path_each(lacking.values(), present))
        filled = 0
        with threads(pace.workers, depth=pace.batch_size) as ahead:
            read = partial(read_file, at_least=self._encoder.image_size)
            for at, batch in enumerate(batches(ahead.map(read, paths), pace.batch_size)):
                filled += self._fill(batch, lacking)
                pace.progress(at * pace.batch_size + len(batch), len(paths))
        return filled

    def _fill(self, batch: Sequence[Reading], lacking: dict[bytes, list[tuple[int, str]]]) -> int:
        pictures = {
            reading.hash: reading.picture.image
            for reading in batch
            if reading.picture is not None and reading.hash in lacking
        }
        vectors = embed(self._encoder, list(pictures.values()), self._dtype)
        rows = [
            (id_, self._encoder_id, vector)
            for hash_, vector in zip(pictures, vectors, strict=True)
            for id_, _ in lacking[hash_]
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
