"""The pipeline of paths through a cluster: read, embed, and return in batches with backpressure.

Ray Data throttles its own stages when the object store fills up, so that neither the cluster nor
the consumer has more than a few batches in memory.
"""

import os
import warnings
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from firs.cluster.tasks import Embed, EncoderSpec, hash_rows, read_rows

if TYPE_CHECKING:
    import pyarrow as pa

RETRIES = 3
"""Number of retries of a block after the worker that read it died."""

RESTARTS = 16
"""Number of restarts of an encoder that died; its unfinished work is repeated."""

LOST_BLOCKS = 10
"""Number of blocks that may fail before the whole run does; of many blocks, a tenth."""

_MOST_BLOCKS, _LARGEST_BLOCK = 2_000, 1_024
_BLOCK_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Plan:
    """The work to do with paths: embed with the encoder, or only hash if it is None.

    ``workers`` are the actors that embed; by default one per GPU or, without GPUs, as many as there
    is work for.
    """

    encoder: EncoderSpec | None
    size: int
    workers: int | None


def run(plan: Plan, paths: Sequence[str]) -> "Generator[pa.Table, None, None]":
    """Yield the results of the paths in batches, in any order; see :mod:`firs.cluster.tasks`."""
    from ray.data import DataContext, from_arrow

    blocks = list(_blocks(paths, plan.size))
    with DataContext.current(_context(len(blocks))), warnings.catch_warnings(action="ignore"):
        read = from_arrow(blocks)
        worked = _hashing(read) if plan.encoder is None else _embedding(read, plan, plan.encoder)
    yield from worked.iter_batches(batch_size=plan.size, batch_format="pyarrow")


def _context(blocks: int) -> Any:
    from ray.data import DataContext

    context = DataContext.get_current().copy()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.max_errored_blocks = max(LOST_BLOCKS, blocks // 10)
    context.target_max_block_size = _BLOCK_BYTES
    return context


def _blocks(paths: Sequence[str], size: int) -> "Iterator[pa.Table]":
    """Yield the blocks of paths: the unit that a task reads, and rereads if its worker dies."""
    import pyarrow as pa

    rows = max(size, min(len(paths) // _MOST_BLOCKS, _LARGEST_BLOCK))
    for at in range(0, len(paths), rows):
        some = [os.fsencode(path) for path in paths[at : at + rows]]
        yield pa.table({"path": pa.array(some, pa.binary())})


def _hashing(paths: Any) -> Any:
    return paths.map_batches(hash_rows, batch_format="pyarrow", max_retries=RETRIES)


def _embedding(paths: Any, plan: Plan, encoder: EncoderSpec) -> Any:
    pixels = paths.map_batches(
        partial(read_rows, at_least=encoder.image_size),
        batch_size=plan.size,
        batch_format="pyarrow",
        max_retries=RETRIES,
    )
    return pixels.map_batches(
        Embed,
        fn_constructor_args=(encoder,),
        batch_size=plan.size,
        batch_format="pyarrow",
        max_restarts=RESTARTS,
        **_actors(plan.workers),
    )


def _actors(workers: int | None) -> dict[str, Any]:
    """Return the actor options: one encoder per GPU, or without GPUs up to one per processor.

    They reserve no processor of their own: after the loss of a node, they could reserve all that
    remain, and wait forever for the readers.
    """
    import ray
    from ray.data import ActorPoolStrategy

    resources = ray.cluster_resources()
    gpus, cpus = int(resources.get("GPU", 0)), int(resources.get("CPU", 1))
    if gpus:
        most = workers or gpus
        pool = ActorPoolStrategy(min_size=1, max_size=most, initial_size=most)
        return {"num_gpus": 1, "compute": pool}
    return {"num_cpus": 0, "compute": ActorPoolStrategy(min_size=1, max_size=workers or cpus)}
