"""A server over sample scenes: the application in this process, on a collection of its own."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from firs.web.app import create_app
from firs.web.registries import collection_id
from firs.web.server import Settings

ADDRESS = "http://127.0.0.1:8017"

Serve = Callable[..., TestClient]
"""Collections and settings → a client of a server of its own, which ends with the test."""


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server, in this process."""
    with ExitStack() as stack:

        def start(*folders: Path, **settings: Any) -> TestClient:
            app = create_app([folder / ".firs" for folder in folders], Settings(**settings))
            client = TestClient(app, base_url=ADDRESS, raise_server_exceptions=False)
            return stack.enter_context(client)

        yield start


@pytest.fixture
def client(serve: Serve, scenes: Path) -> TestClient:
    """A client of a server over the scenes."""
    return serve(scenes)


@pytest.fixture
def at(scenes: Path) -> str:
    """Where the collection of the scenes is over HTTP."""
    return f"/api/v1/collections/{collection_id(scenes / '.firs')}"


def problem(answer: Any) -> dict[str, Any]:
    """The problem document of an answer, after making sure that it is one, and safe."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    assert {"type", "title", "detail"} <= body.keys()
    assert "Traceback" not in answer.text
    return body


def ended(client: TestClient, job: str) -> dict[str, Any]:
    """A job, when it has ended."""
    for line in client.get(f"/api/v1/jobs/{job}/events").text.splitlines():
        if line.startswith("data: "):
            body: dict[str, Any] = json.loads(line.removeprefix("data: "))
    return body
