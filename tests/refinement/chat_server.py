"""A server on this machine that speaks the chat protocol, with faults switched on."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from firs.refinement import Settings
from tests.waiting import PATIENCE, wait_until

KEY = "sk-a-secret-that-nobody-may-see"


class ChatServer(ThreadingHTTPServer):
    """Answers every request with ``answer``; ``asked`` records the requests.

    ``faults`` are used up one per request, before it answers as it should: a status, or ``slow``,
    ``drip``, ``cut``, ``gone``, ``endless``, ``empty``, ``noise``. ``connections`` are those that
    are open.
    """

    daemon_threads = False  # closing waits for them

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = "two dogs in the snow"
        self.faults: list[int | str] = []
        self.retry_after: str | None = None
        self.knows_schemas = True
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.connections: set[socket.socket] = set()
        self.ending = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def settings(self, **more: Any) -> Settings:
        usual: dict[str, Any] = {
            "model": "small",
            "base_url": self.url,
            "key": KEY,
            "timeout": float(PATIENCE),
        }
        return Settings(**(usual | more))

    def alternatives(self, *texts: str) -> None:
        """Answer with these from now on."""
        found = [{"text": text, "change": "adds what they share"} for text in texts]
        self.answer = json.dumps({"alternatives": found})

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.connections.discard(request)

    def hang_up(self) -> None:
        """End all connections, so that no thread waits for a request any more."""
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is what some tests are about."""


@contextmanager
def running() -> Iterator[ChatServer]:
    """Run a server, and make sure that its clients have closed their connections at the end."""
    server = ChatServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
        server.ending.set()
        wait_until(lambda: not server.connections, "the clients have closed their connections")
    finally:
        server.ending.set()
        server.shutdown()
        thread.join()
        server.hang_up()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: ChatServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked)
        self.server.keys.append(self.headers["Authorization"].removeprefix("Bearer "))
        fault = self.server.faults.pop(0) if self.server.faults else None
        if isinstance(fault, int):
            self._refuse(fault)
        elif "response_format" in asked and not self.server.knows_schemas:
            self._refuse(400)
        else:
            self._answer(fault)

    def _refuse(self, status: int) -> None:
        body = json.dumps({"error": {"message": f"wrong: {KEY}", "type": "bad"}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.server.retry_after is not None:
            self.send_header("Retry-After", self.server.retry_after)
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, fault: str | None) -> None:
        if fault == "gone":
            self.close_connection = True
            return
        if fault == "slow":
            self.server.ending.wait()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            self._write(fault)
        except OSError:
            self.close_connection = True

    def _write(self, fault: str | None) -> None:
        text = {"empty": "", "endless": "and so on " * 40}.get(fault or "", self.server.answer)
        if fault == "noise":
            self._chunk(b"data: {this is no JSON\n\n")
        middle = len(text) // 2
        self._event(text[:middle])
        if fault == "cut":
            self.close_connection = True
            return
        while fault in ("endless", "drip") and not self.server.ending.is_set():
            self._event(text if fault == "endless" else " ")
            self.server.ending.wait(0.0 if fault == "endless" else 0.05)
        self._event(text[middle:], "stop")
        usage = {"prompt_tokens": 300, "completion_tokens": 12, "total_tokens": 312}
        self._chunk(_data({**_SHELL, "choices": [], "usage": usage}) + b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, text: str, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
        self._chunk(_data({**_SHELL, "choices": [choice]}))

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, its name there
        pass


_SHELL = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "small"}


def _data(told: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(told)}\n\n".encode()
