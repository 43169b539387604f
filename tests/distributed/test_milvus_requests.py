"""What a person asks of a real server that is frozen or has crashed ends in time."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from firs.collection import Collection
from firs.errors import ServerDown, ServerStalled
from firs.milvus.address import Address
from firs.milvus.retry import REQUEST_SECONDS
from firs.milvus.server import Server
from firs.session import Session
from tests.collection.conftest import COLOURS, Photo, photo, photos, rainbow
from tests.distributed.conftest import needs_server
from tests.distributed.milvus import MilvusServer
from tests.fakes import FakeEncoder

__all__ = ["Photo", "photo", "photos", "rainbow"]

pytestmark = pytest.mark.distributed

SLACK = 10.0
"""Seconds that a busy machine may take beside the limit."""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[MilvusServer]:
    """A server that a test may freeze and kill."""
    needs_server()
    server = MilvusServer(tmp_path / "server")
    try:
        server.start()
        yield server
    finally:
        server.stop()


def seconds_until_error(request: Callable[[], object]) -> float:
    began = time.monotonic()
    with pytest.raises((ServerStalled, ServerDown)):
        request()
    return time.monotonic() - began


def test_requests_end_while_it_is_frozen_or_gone_and_work_again(
    own: MilvusServer, rainbow: Path
) -> None:
    url = own.url("requests")
    with Collection(f"{url}?shards=2", FakeEncoder()) as collection:
        collection.add(rainbow)
        session = Session.start(collection, "red")
        [best, *_] = session.round.results(0, 3)
        requests: list[Callable[[], object]] = [
            lambda: collection.search("blue"),
            lambda: Session.start(collection, "blue"),
            lambda: session.mark(relevant=[best.hit.id]),
            lambda: Collection(url, FakeEncoder(), create=False),
        ]
        own.freeze()
        took = [seconds_until_error(each) for each in requests]
        own.thaw()
        own.kill()
        took += [seconds_until_error(each) for each in requests]
        assert max(took) < REQUEST_SECONDS + SLACK

        adding: list[int] = []
        work = threading.Thread(target=lambda: adding.append(collection.add(rainbow).unchanged))
        work.start()
        own.start()
        work.join(300)
        assert adding == [len(COLOURS)]
        for _ in range(60):  # it loads what was loaded before
            with suppress(ServerStalled, ServerDown):
                assert len(collection.search("blue", k=3)) == 3
                break
        else:
            pytest.fail("it does not work again")


def test_shards_are_those_of_the_address(url: str, rainbow: Path) -> None:
    with Collection(f"{url}?shards=3", FakeEncoder()) as collection:
        collection.add(rainbow)
    with Server(Address.parse(url)) as server:
        name = server.address.name
        made = {each: server.describe(each).shards for each in server.names() if name in each}
    assert made == {name: 3, f"{name}_v_fake": 3, f"{name}_n": 1}
