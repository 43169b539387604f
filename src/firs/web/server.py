"""Running the application on an address, until it is stopped."""

import logging
import socket
from collections.abc import Callable
from contextlib import ExitStack

import uvicorn
from fastapi import FastAPI

from firs.blas import one_blas_thread
from firs.errors import InputError

_GRACE_SECONDS = 5


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


def bound(host: str, port: int) -> socket.socket:
    """Take an address to listen at; port 0 is any that is free.

    Raises:
        InputError: it is taken, or not of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with ExitStack() as undone:
            listening = undone.enter_context(socket.socket(family, kind, protocol))
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            undone.pop_all()
    except OSError as error:
        raise InputError(
            f"The server cannot listen at {host}, port {port} ({error.strerror}). Choose another "
            "with --port N, or any free one with --port 0."
        ) from error
    return listening


def serve(app: FastAPI, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C or SIGTERM; open requests are finished, jobs are stopped.

    Args:
        app: from :func:`firs.web.app.create_app`.
        listening: from :func:`bound`.
        ready: called when the first request can come.
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
        _Server(app, config, ready).run(sockets=[listening])
