"""A hub of models on this machine, as small as ``huggingface_hub`` lets it be."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

COMMIT = "a" * 40


class Hub(ThreadingHTTPServer):
    """Serves ``repositories`` (name → folder); ``requested`` records every request's path.

    Where it ``is_slow``, it answers nothing before it ends.
    """

    daemon_threads = False  # closing waits for them

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories: dict[str, Path] = {}
        self.requested: list[str] = []
        self.answer: int | None = None
        self.is_slow = False
        self.ending = threading.Event()
        self.damage = False
        self.break_after: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def running() -> Iterator[Hub]:
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield hub
    finally:
        hub.ending.set()
        hub.shutdown()
        thread.join()
        hub.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.0"
    model: ClassVar = re.compile(r"/api/models/([^/?]+/[^/?]+)(?:/revision/[^/?]+)?(?:\?.*)?$")
    tree: ClassVar = re.compile(r"/api/models/([^/]+/[^/]+)/tree/")
    file: ClassVar = re.compile(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)$")

    def do_HEAD(self) -> None:
        self._serve(body=False)

    def do_GET(self) -> None:
        self._serve(body=True)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""

    def _serve(self, *, body: bool) -> None:
        hub = self.server
        hub.requested.append(f"{self.command} {self.path} {self.headers.get('Range', '')}")
        if hub.is_slow:
            hub.ending.wait()
        if hub.answer is not None:
            self._say(hub.answer, b"{}")
        elif found := self.model.match(self.path):
            self._info(found[1])
        elif found := self.tree.match(self.path):
            self._tree(found[1])
        elif found := self.file.match(self.path):
            self._file(found[1], found[2], body)
        else:
            self._say(404, b"{}")

    def _info(self, repository: str) -> None:
        if repository not in self.server.repositories:
            return self._say(401, b'{"error": "Repository not found"}')
        siblings = [
            {"rfilename": each["path"], "size": each["size"], "lfs": each["lfs"]}
            for each in self._listed(repository)
        ]
        content = {"id": repository, "sha": COMMIT, "siblings": siblings}
        return self._say(200, json.dumps(content).encode())

    def _tree(self, repository: str) -> None:
        self._say(200, json.dumps(self._listed(repository)).encode())

    def _listed(self, repository: str) -> list[dict[str, Any]]:
        folder = self.server.repositories[repository]
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return [_entry(path, path.relative_to(folder).as_posix()) for path in files]

    def _file(self, repository: str, name: str, body: bool) -> None:
        path = self.server.repositories.get(repository, Path("/nowhere")) / name
        if not path.is_file():
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.end_headers()
            return
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if self.server.damage:
            content = content[::-1]
        start = int((self.headers.get("Range") or "bytes=0-")[6:].split("-")[0])
        self.send_response(206 if start else 200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{digest}"')
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if body:
            self.wfile.write(content[start : self.server.break_after])

    def _say(self, status: int, content: bytes) -> None:
        self.send_response(status)
        if status == 401:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _entry(path: Path, name: str) -> dict[str, Any]:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    lfs = {"oid": digest, "sha256": digest, "size": len(content), "pointerSize": 130}
    oid = hashlib.sha1(content).hexdigest()
    return {"type": "file", "oid": oid, "path": name, "size": len(content), "lfs": lfs}
