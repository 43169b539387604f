"""Connections to a Ray cluster: start one on this machine, or join a running one."""

import logging
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from firs.errors import ClusterError, InputError, MissingExtra

LOCAL, CLIENT = "ray", "ray://"

_PATIENCE = 10.0
_OF_A_TASK = "\x1b[36mray::"
_ADDRESS = re.compile(r"ray://[^\s/:]+:\d+|[^\s/:]+:\d+|auto|ray")
_QUIET = {
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""Environment defaults for Ray: quiet logging, and no usage reports."""


def check(address: str) -> None:
    """Check that an address is valid and that Ray is installed.

    Raises:
        InputError: the address is invalid.
        MissingExtra: Ray is not installed.
    """
    if not _ADDRESS.fullmatch(address):
        raise InputError(
            f"{address!r} is no address of a Ray cluster. Write ray for one on this machine, auto "
            "for the one that this machine belongs to, ray://host:10001 or host:6379."
        )
    if find_spec("ray") is None or find_spec("pyarrow") is None:
        raise MissingExtra("Ray clusters", "ray")


@contextmanager
def connect_to_ray(address: str) -> Iterator[None]:
    """Use a cluster until the context ends; then leave it, and stop it if it was started here.

    ``ray`` starts one on this machine unless ``RAY_ADDRESS`` names another. An existing
    connection of this process is used and left open.

    Raises:
        ClusterError: the cluster cannot be reached.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    import ray

    if ray.is_initialized():
        yield
        return
    with quiet():
        _join(address)
        try:
            yield
        finally:
            ray.shutdown()


def _join(address: str) -> None:
    address = os.environ.get("RAY_ADDRESS", "local") if address == LOCAL else address
    try:
        _check_reachable(address)
        _init(address)
    except Exception as error:  # of no narrower class when a node does not start in time
        raise ClusterError(
            f"The Ray cluster {address} cannot be reached: {reason(error)} Is it running, and "
            "the address right? firs index DIR --ray-address ray starts one on this machine."
        ) from error


def _check_reachable(address: str) -> None:
    """Check that the address accepts connections; otherwise Ray would wait for minutes."""
    host, colon, port = address.removeprefix(CLIENT).rpartition(":")
    if colon:
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()


def _init(address: str, again: int = 1) -> None:
    """Connect; retry once, because Ray Client's server occasionally fails for its first client."""
    import ray

    options = {"include_dashboard": False} if address == "local" else {}
    try:
        with _silence_stderr():
            ray.init(address, log_to_driver=False, logging_level=logging.CRITICAL, **options)
    except ConnectionAbortedError:
        ray.shutdown()
        if not again:
            raise
        _init(address, again - 1)
    except BaseException:
        ray.shutdown()
        raise


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the log of Ray Data's planning steps; errors are raised as exceptions anyway."""
    import ray.data  # noqa: F401, it sets up its log, and would do so later

    log = logging.getLogger("ray.data")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(before)


@contextmanager
def _silence_stderr() -> Iterator[None]:
    """Silence stderr while Ray's core starts, before its own log level takes effect."""
    stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(null)


def reason(error: Exception) -> str:
    """Return the reason of a Ray error as a sentence: its first line, or a task's own error."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = (lines or [type(error).__name__])[-1 if str(error).startswith(_OF_A_TASK) else 0]
    return line if line.endswith(".") else f"{line}."
