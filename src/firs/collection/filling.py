"""A further encoder joins: images that are known already get their vectors of it too."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from firs.collection.intake import IngestSession
from firs.collection.reading import Progress, Reader, ReadResult, knows_nothing


class EmbeddingBackfill:
    """Backfill of the embeddings of one encoder for images that have none.

    ``lacking`` are the images without an embedding: content's hash → ids and paths.
    """

    def __init__(self, intake: IngestSession) -> None:
        self._intake = intake
        self.lacking = intake.missing_embeddings()

    def run(self, present: Collection[str], reader: Reader, progress: Progress) -> int:
        """Encode the missing images that have a file; each batch is committed.

        A file that cannot be read, or has changed, is left to a later indexing run.

        Returns:
            The number of images that received an embedding.

        Raises:
            EncoderError: the encoder is broken.
        """
        paths = list(_one_path_each(self.lacking.values(), present))
        filled = done = 0
        for batch in reader.embed_files(paths, knows_nothing):
            filled += self._fill(batch)
            done += len(batch)
            progress(done, len(paths))
        return filled

    def _fill(self, batch: Sequence[ReadResult]) -> int:
        contents = {each.hash: each.content for each in batch if each.content is not None}
        vectors = {
            id_: content.vector
            for hash_, content in contents.items()
            for id_, _ in self.lacking.pop(hash_, ())
        }
        with self._intake.transaction():
            self._intake.writer.fill(vectors)
        return len(vectors)


def _one_path_each(
    lacking: Iterable[Sequence[tuple[int, str]]], present: Collection[str]
) -> Iterator[str]:
    """Yield one present path for each missing content."""
    for images in lacking:
        found = [path for _, path in images if path in present]
        yield from found[:1]
