"""The real server in a process of its own: it starts, says where it is, and ends cleanly."""

import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest

from firs.blas import blas_threads
from firs.errors import InputError
from firs.samples import copy_samples
from firs.search.matrix import product
from firs.web.app import create_app
from firs.web.server import bind, serve
from tests.conftest import SCENES
from tests.web.server_process import ServerProcess

Start = Callable[..., ServerProcess]
ROWS = np.ones((2, 3), np.float32)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as running:

        def started(*arguments: str | Path) -> ServerProcess:
            server = ServerProcess(*arguments, cache=tmp_path / "cache")
            return running.enter_context(closing(server))

        yield started


def test_it_serves_until_ctrl_c(start: Start, scenes: Path) -> None:
    server = start(scenes)
    [body] = server.client.get("/api/v1/collections").json()
    assert body["images"] == SCENES
    assert "date" in server.client.get("/api/v1/about").headers
    code, output = server.end()
    assert code == 0
    assert "Traceback" not in output


def test_open_stream_does_not_delay_shutdown(start: Start, scenes: Path) -> None:
    copy_samples(scenes / "more", first=SCENES + 1)
    server = start(scenes)
    [body] = server.client.get("/api/v1/collections").json()
    job = server.client.post(f"/api/v1/collections/{body['id']}/index").json()
    with server.client.stream("GET", f"/api/v1/jobs/{job['id']}/events") as stream:
        assert next(stream.iter_lines()).startswith("data: ")
        code, output = server.end(signal.SIGTERM)
    assert code in (0, -signal.SIGTERM)
    assert "Traceback" not in output


def test_killed_and_started_again_it_has_lost_nothing(start: Start, scenes: Path) -> None:
    server = start(scenes)
    [body] = server.client.get("/api/v1/collections").json()
    at = f"/api/v1/collections/{body['id']}/sessions"
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


def test_blas_has_one_thread_while_it_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[int]] = []

    def run(*_: object, **__: object) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(product, ROWS, ROWS).result()
        seen.append(blas_threads())

    monkeypatch.setattr("uvicorn.Server.run", run)
    app = create_app()
    with closing(app.state.firs), bind("127.0.0.1", 0) as listening:
        serve(app, listening, lambda: None)
    assert seen == [[1] * len(blas_threads())]


def test_address_in_use_is_reported() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="--port"):
            bind("127.0.0.1", taken.getsockname()[1])


def test_address_of_another_machine_is_reported() -> None:
    with pytest.raises(InputError, match=r"cannot listen at 192\.0\.2\.1"):
        bind("192.0.2.1", 0)
