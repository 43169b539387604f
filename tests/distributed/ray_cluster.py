"""A Ray cluster of two nodes on this machine, small enough for two processors and 4 GB."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_SOON = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500}
"""A node that does not answer is taken for gone after some seconds, not after half a minute."""

NODE = {"num_cpus": 2, "object_store_memory": 100 * 2**20}


class RayCluster:
    """Two nodes, of which this process has joined the head; ``address`` and ``client`` lead there.

    A process belongs to any node of its host, so it joins before there is another that may go.
    """

    def __init__(self) -> None:
        import ray
        from ray.cluster_utils import Cluster

        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        options = {"ray_client_server_port": port, "_system_config": _SOON}
        head = {**NODE, **options, "include_dashboard": False}
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self.address = str(self._cluster.address)
        ray.init(self.address, log_to_driver=False)
        self._second: Any = self._cluster.add_node(**NODE)
        self.client = f"ray://127.0.0.1:{port}"

    def lose_a_node(self) -> None:
        """Take away the node that is not the head, as if its machine had gone."""
        self._cluster.remove_node(self._second, allow_graceful=False)

    def replace_the_node(self) -> None:
        """Have two again."""
        self._second = self._cluster.add_node(**NODE)

    def stop(self) -> None:
        """End all of its processes."""
        import ray

        ray.shutdown()
        self._cluster.shutdown()


def _start(tries: int = 3) -> RayCluster:
    """Start a cluster; Ray gives a node only 30 s, which is too little on a busy machine."""
    import ray

    try:
        return RayCluster()
    except Exception:  # of no narrower class
        if tries == 1:
            raise
        ray.shutdown()
        return _start(tries - 1)


@contextmanager
def running() -> Iterator[RayCluster]:
    cluster = _start()
    try:
        yield cluster
    finally:
        cluster.stop()


def kill_an_encoder() -> bool:
    """Kill the process of an actor that embeds, as ``kill -9`` does; tell whether there was one."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if b"ray::MapWorker" in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)
                return True
    return False
