"""One request of a person ends in time, whatever number of calls of a failing server it makes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from firs.cli.console import Stopped
from firs.cli.index import AddArgs, HomeArgs, IndexArgs, index
from firs.collection import Collection
from firs.encoders import ENCODERS
from firs.errors import ServerDown, ServerError, ServerStalled
from firs.milvus.retry import REQUEST_SECONDS, limit_wait
from firs.milvus.schema import Field, VectorIndex
from firs.milvus.server import Server
from firs.session import Session
from firs.web.app import create_app
from firs.web.registries import collection_id
from tests.collection.conftest import COLOURS
from tests.fakes import FakeEncoder
from tests.milvus.fake_server import FakeMilvus, not_loaded, stalled, unavailable

NAME = "calls"
SOON = 1.0
"""Seconds beyond a limit that a last pause may take."""


@pytest.fixture
def made(server: Server) -> Server:
    fields = [Field("id", "INT64"), Field("nothing", "BINARY_VECTOR", dim=8)]
    server.create(NAME, fields, "", VectorIndex("BIN_FLAT", "HAMMING", field="nothing"))
    server.count(NAME)
    return server


def slow(milvus: FakeMilvus, seconds: float) -> Any:
    def act(client: object, timeout: float) -> None:
        milvus.clock.now += min(seconds, timeout)
        if timeout < seconds:
            raise stalled()

    return act


def test_all_calls_of_a_request_share_its_time(milvus: FakeMilvus, made: Server) -> None:
    began = milvus.clock.now
    with limit_wait(10):
        made.run(slow(milvus, 4))
        made.run(slow(milvus, 4), writes=True)
        with pytest.raises(ServerStalled, match="did not answer within 10 s"):
            made.run(slow(milvus, 4))
        with pytest.raises(ServerStalled, match="did not answer within 10 s"):
            made.run(slow(milvus, 4))
    assert milvus.clock.now - began <= 10 + SOON
    made.run(slow(milvus, 9))


def test_time_that_passes_between_calls_does_not_count(milvus: FakeMilvus, made: Server) -> None:
    with limit_wait(10):
        made.run(slow(milvus, 4))
        milvus.clock.now += 60  # an encoder is loaded
        made.run(slow(milvus, 4))


def test_a_limit_within_another_does_not_extend_it(milvus: FakeMilvus, made: Server) -> None:
    began = milvus.clock.now
    with limit_wait(5), limit_wait(60), pytest.raises(ServerStalled):
        made.run(slow(milvus, 8))
    assert milvus.clock.now - began <= 5 + SOON


def test_writers_and_long_calls_are_not_limited(milvus: FakeMilvus, made: Server) -> None:
    with limit_wait(5):
        made.writer().run(slow(milvus, 20))
        made.run(slow(milvus, 60), longest=100)
        made.run(slow(milvus, 4))


@pytest.fixture
def collection(milvus: FakeMilvus, url: str, rainbow: Path) -> Iterator[Collection]:
    with Collection(url, FakeEncoder()) as opened:
        opened.add(rainbow)
        yield opened


FAULTS = [unavailable, stalled, not_loaded]


@pytest.fixture(params=FAULTS)
def failing(request: pytest.FixtureRequest, milvus: FakeMilvus) -> Iterator[None]:
    """From when it is asked for, no call of a server succeeds."""

    def fail() -> None:
        for method in ("query", "search", "upsert", "delete", "load_collection"):
            milvus.fail(method, *[request.param() for _ in range(500)])

    return fail  # type: ignore[return-value]


def test_searches_and_sessions_end_in_time(
    milvus: FakeMilvus, collection: Collection, failing: Any
) -> None:
    session = Session.start(collection, "red")
    shown = [result.hit.id for result in session.round.results()]
    session.mark(relevant=shown[:2])
    failing()
    for request in (
        lambda: collection.search("blue"),
        lambda: Session.start(collection, "blue"),
        lambda: session.mark(irrelevant=shown[2:3]),
        lambda: session.next(),
        lambda: session.undo(),
        lambda: session.branch(),
        lambda: Session.open(collection, session.id),
        lambda: Session.replay(collection, session.to_json()),
        lambda: Collection(collection.location, FakeEncoder(), create=False),
    ):
        began = milvus.clock.now
        with pytest.raises(ServerError, match=r"again|Start Milvus"):
            request()
        assert milvus.clock.now - began <= REQUEST_SECONDS + SOON


def test_requests_over_http_end_in_time(
    milvus: FakeMilvus, collection: Collection, failing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENCODERS._members, "fake", "tests.fakes:FakeEncoder")
    at = f"/api/v1/collections/{collection_id(collection.location)}"
    query = {"terms": [{"text": "blue"}]}
    with TestClient(create_app([collection.location]), base_url="http://127.0.0.1:8017") as client:
        session = client.post(f"{at}/sessions", json=query, params={"first": 5}).json()
        one = f"{at}/sessions/{session['id']}"
        failing()
        for method, path, body in (
            ("GET", at, None),
            ("GET", f"{at}/sessions", None),
            ("POST", f"{at}/sessions", query),
            ("POST", f"{one}/rounds/0/next", {}),
        ):
            began = milvus.clock.now
            answer = client.request(method, path, json=body)
            assert answer.status_code == 503, answer.text
            assert milvus.clock.now - began <= REQUEST_SECONDS + SOON


def test_a_collection_with_a_stopped_server_is_not_opened(milvus: FakeMilvus, url: str) -> None:
    milvus.is_down = True
    began = milvus.clock.now
    with pytest.raises(ServerDown):
        Collection(url, FakeEncoder())
    assert milvus.clock.now - began <= REQUEST_SECONDS + SOON


def test_adding_waits_longer_and_names_how_to_resume(
    milvus: FakeMilvus, url: str, rainbow: Path
) -> None:
    with Collection(url, FakeEncoder()) as collection:

        def stop_server(done: int, total: int) -> None:
            milvus.is_down = done >= 3

        began = milvus.clock.now
        with pytest.raises(ServerDown, match="run the same again to go on from there"):
            collection.add(rainbow, batch_size=3, progress=stop_server)
        assert milvus.clock.now - began > 170
        milvus.is_down = False
        report = collection.add(rainbow)
        assert (report.added, report.unchanged) == (len(COLOURS) - 3, 3)


def test_an_interrupted_run_without_a_server_is_reported(
    milvus: FakeMilvus, url: str, rainbow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        milvus.is_down = True
        raise KeyboardInterrupt

    monkeypatch.setitem(ENCODERS._members, "fake", "tests.fakes:FakeEncoder")
    monkeypatch.setattr(Collection, "add", interrupt)
    with pytest.raises(Stopped, match="Finished batches are kept; run the same command to resume"):
        index(IndexArgs([rainbow], encoder="fake"), AddArgs(), HomeArgs(store=url))
