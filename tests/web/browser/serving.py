"""A server in a thread of the tests, which can be stopped and started again at the same address."""

import threading
from pathlib import Path

import uvicorn

from firs.web.app import create_app
from firs.web.server import _Server, bind
from tests.waiting import wait_until

HOST = "127.0.0.1"


class Site:
    """A running server over one collection.

    Args:
        folder: of the pictures; its collection is in ``.firs``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.may_fail = False
        """While the server is away, the browser says so in its console."""
        self._reserved = bind(HOST, 0)  # never listens: the port stays ours while no server runs
        self._port = self._reserved.getsockname()[1]
        self.start()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}/"

    def start(self) -> None:
        app, is_ready = create_app([self.folder / ".firs"]), threading.Event()
        self._server = _Server(app, uvicorn.Config(app, log_config=None), is_ready.set)
        self._thread = threading.Thread(
            target=self._server.run, args=([bind(HOST, self._port)],), daemon=True
        )
        self._thread.start()
        wait_until(lambda: is_ready.is_set() or not self._thread.is_alive(), "the server's start")
        assert is_ready.is_set()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    def close(self) -> None:
        self.stop()
        self._reserved.close()
