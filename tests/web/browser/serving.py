"""A server in a thread of the tests, which can be stopped and started again at the same address."""

import socket
import threading
import time
from pathlib import Path

import uvicorn

from firs.web.app import create_app


class Site:
    """A running server over one collection."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.may_fail = False
        """While the server is away, the browser says so in its console."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def start(self) -> None:
        app = create_app([self.folder / ".firs"])
        self._server = uvicorn.Server(
            uvicorn.Config(app, port=self._port, log_config=None, timeout_graceful_shutdown=2)
        )
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.02)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()
