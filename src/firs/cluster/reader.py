"""The reader that lets a Ray cluster do the work; see :class:`firs.indexing.reading.Reader`."""

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any

from firs.cluster import connection, pipeline
from firs.cluster.connection import quiet
from firs.cluster.pipeline import Plan
from firs.cluster.tasks import EncoderSpec
from firs.encoders import Encoder, canonical
from firs.errors import ClusterError, EncoderError, EncoderMismatch, InputError
from firs.indexing.reading import IngestOptions, ReadResult
from firs.storage.catalogue import File, is_gone
from firs.storage.writing import Content

if TYPE_CHECKING:
    import pyarrow as pa


class RayClient:
    """Runs one pipeline on the cluster."""

    def __init__(self, plan: Plan, paths: Sequence[str]) -> None:
        with quiet():
            self._batches = pipeline.run(plan, paths)

    def next(self) -> "pa.Table | None":
        """Return the next batch, or None at the end."""
        with quiet():
            return next(self._batches, None)


def run_on_driver(plan: Plan, paths: Sequence[str]) -> "Generator[pa.Table, None, None]":
    """See :func:`firs.cluster.pipeline.run`."""
    import ray

    client = ray.remote(RayClient).options(num_cpus=0).remote(plan, list(paths))
    try:
        next_batch = client.next.remote()
        while (batch := ray.get(next_batch)) is not None:
            next_batch = client.next.remote()  # it is computed while this one is written
            yield batch
    finally:
        ray.kill(client)


LOST = "the worker of the cluster that read it died at each attempt; add it again"
_ABSENT = "no such file"


class RayReader:
    """Reader on a cluster, which connects when there is something to do."""

    def __init__(self, stack: ExitStack, encoder: EncoderSpec, options: IngestOptions) -> None:
        self._stack = stack
        self._encoder = encoder
        self._address = str(options.on)
        self._options = options
        self._joined = False
        self._running: Generator[Any, None, None] | None = None

    def close(self) -> None:
        """Stop the running pipeline; Ray Data would continue and open a new connection."""
        if self._running is not None:
            self._running.close()

    def hash_files(self, paths: Sequence[str]) -> Iterator[list[ReadResult]]:
        """See :class:`firs.indexing.reading.Reader`."""
        return self._readings(paths, None)

    def embed_files(
        self,
        paths: Sequence[str],
        knows: Callable[[bytes], bool],  # noqa: ARG002, workers do not have it
    ) -> Iterator[list[ReadResult]]:
        """See there; known contents are embedded again, because workers do not know them."""
        return self._readings(paths, self._encoder)

    def _readings(
        self, paths: Sequence[str], encoder: EncoderSpec | None
    ) -> Iterator[list[ReadResult]]:
        """Yield the result of each path once; lost paths are retried, then retried individually."""
        left = list(paths)
        for size in (self._options.batch_size, self._options.batch_size, 1):
            if left:
                lost = set(left)
                for readings in self._pass(Plan(encoder, size, self._options.workers), left):
                    lost.difference_update(each.file.path for each in readings)
                    yield readings
                left = sorted(lost)
        if left:
            yield [ReadResult(File(path, 0, 0), problem=LOST) for path in left]

    def _pass(self, plan: Plan, paths: Sequence[str]) -> Iterator[list[ReadResult]]:
        self._join()
        for batch in self._batches(plan, paths):
            yield [_reading(row) for row in batch.to_pylist()]

    def _batches(self, plan: Plan, paths: Sequence[str]) -> "Iterator[pa.Table]":
        from ray.exceptions import RayError

        run = run_on_driver if self._address.startswith(connection.CLIENT) else pipeline.run
        try:
            self._running = run(plan, paths)
            yield from self._running
        except (RayError, ConnectionError) as error:
            raise ClusterError(
                f"The Ray cluster has failed: {connection.reason(error)} Finished batches "
                "are kept; run the same command again to go on from there."
            ) from error

    def _join(self) -> None:
        if not self._joined:
            self._stack.enter_context(connection.connect_to_ray(self._address))
            self._joined = True


@contextmanager
def on_ray(encoder: Encoder, dtype: str, options: IngestOptions) -> Iterator[RayReader]:
    """Read and embed on the cluster that the options name, until the context ends.

    Raises:
        InputError: the address is invalid, or workers cannot open the encoder.
        MissingExtra: Ray is not installed.
    """
    connection.check(str(options.on))
    spec = EncoderSpec(_encoder_name(encoder), encoder.fingerprint, encoder.image_size, dtype)
    with ExitStack() as stack, closing(RayReader(stack, spec, options)) as reader:
        yield reader


def _encoder_name(encoder: Encoder) -> str:
    try:
        return canonical(encoder.name)
    except InputError as error:
        raise InputError(
            f"The workers of a cluster open an encoder by its name, and do not know "
            f"{encoder.name!r}. Index with it on this machine."
        ) from error


def _reading(row: dict[str, Any]) -> ReadResult:
    if failure := row.get("failure"):
        raise EncoderMismatch(failure) if row["is_mismatch"] else EncoderError(failure)
    path = os.fsdecode(row["path"])
    file = File(path, row["bytes"], row["mtime_ns"])
    return ReadResult(file, row["hash"], _content(row), _problem(path, row["problem"]))


def _content(row: dict[str, Any]) -> Content | None:
    if row.get("vector") is None:
        return None
    return Content(row["hash"], row["width"], row["height"], row["format"], row["vector"])


def _problem(path: str, reason: str | None) -> str | None:
    if reason == _ABSENT and not is_gone(path):
        return (
            "a worker of the cluster does not see it; photos must have the same path on "
            "every machine"
        )
    return reason
