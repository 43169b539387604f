"""A pipeline that is driven from within the cluster, for use through Ray Client.

Ray Data cannot be driven through Ray Client. An actor drives it there, and returns a batch for each
call; it ends with the connection.
"""

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from firs.cluster import pipeline
from firs.cluster.connecting import quiet
from firs.cluster.pipeline import Plan

if TYPE_CHECKING:
    import pyarrow as pa


class RayClient:
    """Leads one pipeline."""

    def __init__(self, plan: Plan, paths: Sequence[str]) -> None:
        with quiet():
            self._batches = pipeline.run(plan, paths)

    def next(self) -> "pa.Table | None":
        """Return the next batch, or None at the end."""
        with quiet():
            return next(self._batches, None)


def run(plan: Plan, paths: Sequence[str]) -> "Generator[pa.Table, None, None]":
    """See :func:`firs.cluster.pipeline.run`."""
    import ray

    leader = ray.remote(RayClient).options(num_cpus=0).remote(plan, list(paths))
    try:
        coming = leader.next.remote()
        while (batch := ray.get(coming)) is not None:
            coming = leader.next.remote()  # it is made while this one is written
            yield batch
    finally:
        ray.kill(leader)
