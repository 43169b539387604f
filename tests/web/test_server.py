"""The real server in a process of its own: it starts, says where it is, and ends cleanly."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from firs.errors import InputError
from firs.samples import copy_samples
from firs.web.server import bound
from tests.conftest import SCENES

Start = Callable[..., "Server"]


class Server:
    """``firs serve`` on a free port."""

    def __init__(self, *arguments: str, cache: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "firs", "serve", "--port", "0", *arguments],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"FIRS_CACHE": str(cache), "DISPLAY": "", "WAYLAND_DISPLAY": ""},
        )
        assert self.process.stderr is not None
        found = re.search(r"http://\S+", self.process.stderr.readline())
        assert found is not None
        self.address = found[0]
        self.client = httpx2.Client(base_url=self.address.partition("?")[0], timeout=30)

    def end(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Its exit code and what it said since."""
        self.client.close()
        self.process.send_signal(how)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Server] = []

    def started(*arguments: str | Path) -> Server:
        running.append(Server(*map(str, arguments), cache=tmp_path / "cache"))
        return running[-1]

    yield started
    for server in running:
        if server.process.poll() is None:
            server.client.close()
            server.process.kill()
            server.process.communicate()


def test_it_serves_until_ctrl_c(start: Start, scenes: Path) -> None:
    server = start(scenes)
    [told] = server.client.get("/api/v1/collections").json()
    assert told["images"] == SCENES
    assert "date" in server.client.get("/api/v1/about").headers
    code, said = server.end()
    assert code == 0
    assert "Traceback" not in said


def test_a_stream_that_is_open_does_not_hold_it(start: Start, scenes: Path) -> None:
    copy_samples(scenes / "more", first=SCENES + 1)
    server = start(scenes)
    [told] = server.client.get("/api/v1/collections").json()
    job = server.client.post(f"/api/v1/collections/{told['id']}/index").json()
    with server.client.stream("GET", f"/api/v1/jobs/{job['id']}/events") as stream:
        assert next(stream.iter_lines()).startswith("data: ")
        began = time.monotonic()
        code, said = server.end(signal.SIGTERM)
    assert time.monotonic() - began < 25
    assert code in (0, -signal.SIGTERM)
    assert "Traceback" not in said


def test_killed_and_started_again_it_has_lost_nothing(start: Start, scenes: Path) -> None:
    server = start(scenes)
    [told] = server.client.get("/api/v1/collections").json()
    at = f"/api/v1/collections/{told['id']}/sessions"
    session = server.client.post(at, json={"terms": [{"text": "a red train"}]}).json()
    here = f"{at}/{session['id']}"
    server.client.post(f"{here}/rounds/0/marks", json={"relevant": [3], "irrelevant": [4]})
    server.client.post(f"{here}/rounds/0/next", json={})
    before = server.client.get(here).json()
    results = server.client.get(f"{here}/rounds/1/results").json()
    server.end(signal.SIGKILL)
    again = start(scenes)
    assert again.client.get(here).json() == before
    assert again.client.get(f"{here}/rounds/1/results").json() == results
    again.end()


def test_with_a_token(start: Start, scenes: Path) -> None:
    server = start(scenes, "--token", "correct-horse-battery")
    assert server.address.endswith("/?token=correct-horse-battery")
    assert server.client.get("/api/v1/about").status_code == 401
    headers = {"authorization": "Bearer correct-horse-battery"}
    assert server.client.get("/api/v1/about", headers=headers).status_code == 200
    server.end()


_THREADS_SEEN = """
import uvicorn
from threadpoolctl import threadpool_info
from firs.web.app import create_app
from firs.web.server import bound, serve
seen = []
uvicorn.Server.run = lambda *_, **__: seen.extend(threadpool_info())
serve(create_app(), bound("127.0.0.1", 0), lambda: None)
print(*{pool["num_threads"] for pool in seen if pool["user_api"] == "blas"})
"""


def test_blas_has_one_thread_in_the_server() -> None:
    """In a process of its own, where nothing else asks for threads or gives them back."""
    seen = subprocess.run(
        [sys.executable, "-c", _THREADS_SEEN], capture_output=True, text=True, check=True
    )
    assert seen.stdout.split() == ["1"]


def test_an_address_that_is_taken() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="--port"):
            bound("127.0.0.1", taken.getsockname()[1])


def test_an_address_of_another_machine() -> None:
    with pytest.raises(InputError, match=r"cannot listen at 192\.0\.2\.1"):
        bound("192.0.2.1", 0)
