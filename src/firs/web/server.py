"""Settings of a server, and running the application on an address until it is stopped."""

import logging
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from firs.blas import one_blas_thread
from firs.errors import InputError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""The names by which a machine calls itself."""

MIB = 1 << 20
_GRACE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits per client.

    ``reads`` and ``writes`` are the requests per second that one address may sustain; a short burst
    may have as many as ten seconds' worth. ``uploads``, ``uploads_bytes`` and ``upload_seconds``
    bound the example images that are stored with a collection.
    """

    upload_bytes: int = 200 * MIB
    uploads: int = 100
    uploads_bytes: int = 64 * MIB
    upload_seconds: float = 24 * 3600
    import_bytes: int = 32 * MIB
    body_bytes: int = MIB
    reads: float = 300
    writes: float = 50
    open_sessions: int = 32


@dataclass(frozen=True, slots=True)
class Settings:
    """Configuration of a server.

    Args:
        hosts: names under which it answers, without ports.
        token: the token that clients must present, if any.
        folders: where new folders may be indexed from; None is anywhere.
        memory: a file that remembers collections made from the page, or None to forget them.
        trusted_proxies: addresses and networks (CIDR) of proxies with trusted ``X-Forwarded-For``
            and ``X-Forwarded-Proto`` headers; from others these headers are ignored.
        cache: where thumbnails of read-only collections are stored.
        limits: limits per client.
    """

    hosts: frozenset[str] = LOOPBACK
    token: str | None = None
    folders: tuple[Path, ...] | None = None
    memory: Path | None = None
    cache: Path | None = None
    trusted_proxies: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


class _Server(uvicorn.Server):
    """Server that notifies streams of a shutdown, so that they end before it waits for them."""

    def __init__(self, app: FastAPI, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._app = app
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.firs.closing.set()
        await super().shutdown(sockets)


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address; port 0 is any free port.

    Raises:
        InputError: the address is in use, or belongs to another machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with ExitStack() as on_error:
            bound = on_error.enter_context(socket.socket(family, kind, protocol))
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            on_error.pop_all()
    except OSError as error:
        raise InputError(
            f"The server cannot listen at {host}, port {port} ({error.strerror}). Choose another "
            "with --port N, or any free one with --port 0."
        ) from error
    return bound


def serve(app: FastAPI, bound: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C or SIGTERM; open requests are finished, jobs are stopped.

    Args:
        app: from :func:`firs.web.app.create_app`.
        bound: from :func:`bind`.
        ready: called as soon as requests are accepted.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        proxy_headers=False,
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    with one_blas_thread():  # requests share the cores
        _Server(app, config, ready).run(sockets=[bound])
