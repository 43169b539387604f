"""Selection of the reader for the given ingest options."""

from contextlib import AbstractContextManager

from firs.collection.reading import IngestOptions, Reader
from firs.collection.threads import threads
from firs.encoders import Encoder


def reader(encoder: Encoder, dtype: str, pace: IngestOptions) -> AbstractContextManager[Reader]:
    """Open the reader for these ingest options; ``dtype`` is the storage dtype of embeddings.

    Raises:
        MissingExtra: it needs an extra that is not installed.
        InputError: there is no such cluster, or the encoder cannot be loaded there.
    """
    if pace.on is None:
        return threads(encoder, dtype, pace)
    from firs.cluster import on_ray

    return on_ray(encoder, dtype, pace)
