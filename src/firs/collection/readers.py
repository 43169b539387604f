"""Which reader does the work that a pace asks for."""

from contextlib import AbstractContextManager

from firs.collection.reading import IngestOptions, Reader
from firs.collection.threads import threads
from firs.encoders import Encoder


def reader(encoder: Encoder, dtype: str, pace: IngestOptions) -> AbstractContextManager[Reader]:
    """Open what reads and embeds at this pace; ``dtype`` is how the vectors are kept.

    Raises:
        MissingExtra: it needs an extra that is not installed.
        InputError: there is no such place to work on, or the encoder cannot be opened there.
    """
    if pace.on is None:
        return threads(encoder, dtype, pace)
    from firs.cluster import on_ray

    return on_ray(encoder, dtype, pace)
