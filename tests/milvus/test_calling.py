"""Calls of a server that fails: which are tried again, how long, and what the error says."""

import logging
import sys
from pathlib import Path

import pytest

from firs.errors import (
    FirsError,
    InputError,
    LoginRefused,
    MissingExtra,
    ServerDown,
    ServerError,
    ServerFull,
    ServerStalled,
    StorageError,
)
from firs.milvus.address import Address
from firs.milvus.schema import Field, VectorIndex
from firs.milvus.server import Server
from tests.milvus.fake_server import (
    FakeMilvus,
    MilvusException,
    not_loaded,
    quota_exceeded,
    rate_limited,
    stalled,
    unavailable,
)

NAME = "calls"
FIELDS = [Field("id", "INT64"), Field("nothing", "BINARY_VECTOR", dim=8)]
ROW = {"id": 1, "nothing": b"\0"}


@pytest.fixture
def made(server: Server) -> Server:
    server.create(NAME, FIELDS, "", VectorIndex("BIN_FLAT", "HAMMING", field="nothing"))
    server.upsert(NAME, [ROW])
    assert server.count(NAME) == 1
    return server


def connect(text: str, timeout: float = 10.0) -> Server:
    return Server(Address.parse(text, {}), timeout)


def test_a_passing_failure_is_tried_again_after_growing_waits(
    milvus: FakeMilvus, made: Server
) -> None:
    milvus.fail("query", rate_limited(), unavailable(), stalled_at_once(), not_loaded())
    assert made.count(NAME) == 1
    waits = milvus.clock.waits
    assert len(waits) == 4
    for wait, longest in zip(waits, (0.1, 0.2, 0.4, 0.8), strict=True):
        assert longest / 2 <= wait <= longest


def stalled_at_once() -> MilvusException:
    return MilvusException(65535, "context deadline exceeded")


@pytest.mark.parametrize(
    ("fault", "error", "cure"),
    [
        (quota_exceeded(), ServerFull, "more disk or memory"),
        (MilvusException(1401, "no privilege"), ServerError, "has no right to do this"),
        (MilvusException(65535, "something else"), ServerError, "rejects this: something else"),
    ],
)
def test_a_refusal_is_raised_without_another_try(
    milvus: FakeMilvus, made: Server, fault: Exception, error: type[FirsError], cure: str
) -> None:
    milvus.fail("upsert", fault)
    with pytest.raises(error, match=cure):
        made.upsert(NAME, [ROW])
    assert milvus.clock.waits == []


@pytest.mark.parametrize(
    "row", [{"id": 1}, {"id": "1", "nothing": b"\0"}, {"id": 1, "nothing": b""}]
)
def test_a_row_that_the_client_refuses_is_not_tried_again(
    milvus: FakeMilvus, made: Server, row: dict[str, object]
) -> None:
    with pytest.raises(ServerError, match="rejects this"):
        made.upsert(NAME, [row])
    assert milvus.clock.waits == []


def test_a_collection_that_is_not_loaded_is_loaded(milvus: FakeMilvus, made: Server) -> None:
    milvus.restart()
    assert made.count(NAME) == 1
    assert milvus.collections[NAME].is_loaded


def test_it_is_an_error_where_loading_does_not_help(milvus: FakeMilvus, made: Server) -> None:
    milvus.fail("query", *[not_loaded() for _ in range(100)])
    milvus.fail("load_collection", unavailable())
    with pytest.raises(ServerStalled, match="not ready yet"):
        made.count(NAME)


def test_a_reading_call_ends_within_its_time(milvus: FakeMilvus, made: Server) -> None:
    milvus.is_down = True
    began = milvus.clock.now
    with pytest.raises(ServerDown, match="No Milvus server answers at fake:19530"):
        made.count(NAME)
    assert 5 < milvus.clock.now - began <= 10


def test_a_machine_that_sleeps_too_long_reports_the_last_failure(
    milvus: FakeMilvus, made: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def oversleep(seconds: float) -> None:
        milvus.clock.now += seconds + 9.9

    monkeypatch.setattr(milvus.clock, "sleep", oversleep)
    milvus.is_down = True
    with pytest.raises(ServerDown, match="No Milvus server answers"):
        made.count(NAME)


def test_a_writing_call_has_three_times_as_long(milvus: FakeMilvus, made: Server) -> None:
    milvus.is_down = True
    began = milvus.clock.now
    with pytest.raises(ServerDown):
        made.upsert(NAME, [ROW])
    assert 20 < milvus.clock.now - began <= 30


def test_a_call_that_stalls_takes_no_longer_than_its_time(milvus: FakeMilvus, made: Server) -> None:
    milvus.fail("query", *[stalled() for _ in range(20)])
    began = milvus.clock.now
    with pytest.raises(ServerStalled, match="did not answer within 10 s"):
        made.count(NAME)
    assert milvus.clock.now - began <= 11


def test_a_writer_waits_through_a_restart_and_reports_it_once(
    milvus: FakeMilvus, made: Server, caplog: pytest.LogCaptureFixture
) -> None:
    milvus.fail("upsert", *[unavailable() for _ in range(12)], not_loaded())
    began = milvus.clock.now
    with caplog.at_level(logging.WARNING, "firs.milvus"):
        made.writer().upsert(NAME, [ROW])
    assert milvus.clock.now - began > 15
    away, works = (each.getMessage() for each in caplog.records)
    assert away.startswith("Milvus at fake:19530 is away")
    assert "up to 180 s" in away
    assert works == "Milvus at fake:19530 works again."


def test_a_writer_does_not_wait_for_ever(milvus: FakeMilvus, made: Server) -> None:
    milvus.is_down = True
    began = milvus.clock.now
    with pytest.raises(ServerDown):
        made.writer().count(NAME)
    assert 170 < milvus.clock.now - began <= 180


def test_a_server_that_never_answered_is_not_waited_for(milvus: FakeMilvus, url: str) -> None:
    milvus.is_down = True
    began = milvus.clock.now
    with pytest.raises(ServerDown, match="correct the address"):
        connect(url, timeout=2).writer().upsert(NAME, [ROW])
    assert milvus.clock.now - began <= 4


def test_other_errors_pass_through_as_they_are(made: Server) -> None:
    for error in (KeyError("x"), InputError("Write it otherwise.")):

        def act(client: object, timeout: float, error: Exception = error) -> None:
            raise error

        with pytest.raises(type(error)) as raised:
            made.run(act)
        assert raised.value is error


def test_all_calls_share_one_connection_until_it_is_closed(
    milvus: FakeMilvus, made: Server
) -> None:
    writer = made.writer()
    assert writer.count(NAME) == made.count(NAME) == 1
    assert len(milvus.clients) == 1
    made.close()
    made.close()
    assert milvus.count_calls("close") == 1
    for each in (made, writer):
        with pytest.raises(StorageError, match=r"is closed\. Open it again"):
            each.count(NAME)


def test_the_client_has_the_options_of_the_address(milvus: FakeMilvus, tmp_path: Path) -> None:
    certificate = tmp_path / "ca.pem"
    certificate.touch()
    milvus.token = "ann:s3cr3t"
    there = f"milvus+tls://ann:s3cr3t@host:19/db/photos?ca={certificate}&server_name=milvus.test"
    connect(there, timeout=3).names()
    assert milvus.clients == [
        {
            "uri": "https://host:19",
            "token": "ann:s3cr3t",
            "db_name": "db",
            "timeout": 3,
            "dedicated": True,
            "secure": True,
            "server_pem_path": str(certificate),
            "server_name": "milvus.test",
        }
    ]
    with pytest.raises(InputError, match=r"no certificate at /nowhere\. Correct \?ca=FILE"):
        connect("milvus+tls://host/photos?ca=/nowhere").names()


def test_a_wrong_login_is_refused_and_shows_no_secret(milvus: FakeMilvus) -> None:
    milvus.token = "ann:right"
    with pytest.raises(LoginRefused, match="FIRS_MILVUS_PASSWORD") as raised:
        connect("milvus://ann:wr0ng@fake/photos").names()
    assert "wr0ng" not in f"{raised.value} {raised.value.__cause__}"
    assert raised.value.__cause__ is not None
    assert raised.value.__cause__.__traceback__ is None
    assert milvus.clock.waits == []


def test_without_pymilvus_the_error_names_the_extra(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(MissingExtra, match="milvus"):
        connect(url).names()
