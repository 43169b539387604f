"""A server that goes away, stalls, starts again or refuses: what is said, and how soon."""

import logging
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from firs.errors import InputError, LoginRefused, ServerDown, ServerStalled
from firs.milvus.address import Address
from firs.milvus.schema import Field, VectorIndex
from firs.milvus.server import Server
from tests.distributed.conftest import needs_server
from tests.distributed.milvus import MilvusServer

pytestmark = pytest.mark.distributed

NAME = "troubles"
FIELDS = [Field("id", "INT64"), Field("vector", "FLOAT_VECTOR", dim=2)]
HOST = "milvus.test"
USER, PASSWORD = "root", "Milvus"  # as Milvus makes it


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    """A server that asks who comes, and that a test may end."""
    needs_server()
    server = MilvusServer(
        tmp_path_factory.mktemp("own"), ["--authorization-enabled", "true"], f"{USER}:{PASSWORD}"
    )
    try:
        server.start()
        yield server
    finally:
        server.stop()


class TlsServer(MilvusServer):
    """One that is encrypted, with a certificate that nobody else vouches for."""

    def __init__(self, folder: Path) -> None:
        key, self.certificate = folder / "key.pem", folder / "certificate.pem"
        made = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={HOST}"
        names = "-addext", f"subjectAltName=DNS:{HOST}"
        command = [
            "openssl",
            *made.split(),
            *names,
            "-keyout",
            str(key),
            "-out",
            str(self.certificate),
        ]
        subprocess.run(command, check=True, capture_output=True)
        files = ["--server-pem-path", str(self.certificate), "--server-key-path", str(key)]
        super().__init__(folder / "data", ["--tls-mode", "1", *files])

    @property
    def url_with_all(self) -> str:
        return f"milvus+tls://{self.address}/{NAME}?ca={self.certificate}&server_name={HOST}"

    def wait(self) -> None:
        for _ in range(20):
            with (
                suppress(ServerDown),
                Server(Address.parse(self.url_with_all), timeout=5) as server,
            ):
                server.names()
                return


def address(own: MilvusServer, who: str) -> Address:
    return Address.parse(f"milvus://{who}@{own.address}/{NAME}", {})


@pytest.fixture
def server(own: MilvusServer) -> Iterator[Server]:
    """With a collection of one row."""
    with Server(address(own, f"{USER}:{PASSWORD}"), timeout=5) as server:
        if not server.has(NAME):
            server.create(NAME, FIELDS, "", VectorIndex())
        server.upsert(NAME, [{"id": 1, "vector": [1, 1]}])
        assert server.count(NAME, consistency="Strong") >= 1
        yield server


@pytest.mark.parametrize("who", [f"{USER}:wr0ng", "wr0ng", f"nobody:{PASSWORD}"])
def test_a_wrong_login_is_reported_at_once(own: MilvusServer, who: str) -> None:
    with Server(address(own, who)) as server:
        began = time.monotonic()
        with pytest.raises(LoginRefused, match="FIRS_MILVUS_PASSWORD") as told:
            server.upsert(NAME, [{"id": 2, "vector": [1, 1]}])
        assert time.monotonic() - began < 5
    assert "wr0ng" not in str(told.value)


def test_a_stalled_server_is_reported_in_time_and_used_again(
    own: MilvusServer, server: Server
) -> None:
    own.freeze()
    began = time.monotonic()
    try:
        with pytest.raises((ServerStalled, ServerDown), match="again"):
            server.count(NAME)
        assert time.monotonic() - began < 15
    finally:
        own.thaw()
    assert server.writer().count(NAME) >= 1


def test_a_writer_waits_through_a_restart(
    own: MilvusServer, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    own.kill()
    began = time.monotonic()
    with pytest.raises(ServerDown, match=r"No Milvus server answers at .* Start Milvus there"):
        server.count(NAME)
    assert time.monotonic() - began < 10
    starting = threading.Thread(target=own.start)
    starting.start()
    with caplog.at_level(logging.WARNING):
        server.writer().upsert(NAME, [{"id": id_, "vector": [1, 1]} for id_ in range(10, 20)])
    starting.join()
    told = [each.getMessage() for each in caplog.records if each.name.startswith("firs.milvus")]
    assert ["waits for it up to 180 s" in each for each in told] == [True, False]
    assert server.writer().count(NAME, "id >= 10") == 10


def test_a_missing_one_is_reported(own: MilvusServer, tmp_path: Path) -> None:
    gone = MilvusServer(tmp_path)
    server = Server(Address.parse(gone.url(NAME), {}), timeout=2)
    began = time.monotonic()
    with pytest.raises(ServerDown):
        server.upsert(NAME, [{"id": 2, "vector": [1, 1]}])
    assert time.monotonic() - began < 4


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
def test_an_encrypted_server_and_its_certificate(tmp_path: Path) -> None:
    needs_server()
    server = TlsServer(tmp_path)
    try:
        server.start()
        with Server(Address.parse(server.url_with_all)) as there:
            assert there.version() >= (2, 3, 0)
        wrong = {
            f"milvus+tls://{server.address}/x": r"certificate does not fit: .* \(\?ca=FILE\)",
            f"milvus+tls://{server.address}/x?ca={server.certificate}": "server_name=NAME",
            server.url("x"): r"write milvus\+tls://",
        }
        for text, message in wrong.items():
            with pytest.raises(ServerDown, match=message):
                Server(Address.parse(text), timeout=1).version()
        with pytest.raises(InputError, match="no certificate at /nowhere"):
            Server(Address.parse(f"milvus+tls://{server.address}/x?ca=/nowhere")).version()
    finally:
        server.stop()
