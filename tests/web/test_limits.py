import json
from collections.abc import Iterator
from functools import partial

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from firs.web.guards import BURST_SECONDS, RateGuard
from firs.web.server import MIB, Limits
from tests.web.conftest import Serve, problem


def request(method: str, address: str = "10.0.0.1") -> Request:
    return Request({"type": "http", "method": method, "client": (address, 1), "headers": []})


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_burst_is_accepted_but_not_a_sustained_excess() -> None:
    guard = RateGuard(reads=5, writes=1, clock=(clock := Clock()))
    burst = [guard(request("GET")) for _ in range(5 * BURST_SECONDS)]
    assert burst == [None] * len(burst)
    refused = guard(request("GET"))
    assert refused is not None
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"
    clock.now += 1
    assert [guard(request("GET")) is None for _ in range(6)] == [True] * 5 + [False]


def test_writes_and_other_addresses_are_counted_separately() -> None:
    guard = RateGuard(reads=1, writes=1, clock=Clock())
    for _ in range(BURST_SECONDS):
        assert guard(request("POST")) is None
    assert guard(request("POST")) is not None
    assert guard(request("GET")) is None
    assert guard(request("POST", "10.0.0.2")) is None


def test_many_addresses_take_limited_memory() -> None:
    guard = RateGuard(reads=1, writes=1, clock=Clock())
    for number in range(3_000):
        guard(request("GET", str(number)))
    assert len(guard._buckets) == 1_000


def test_a_server_refuses_what_is_too_fast(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firs.web.guards.RateGuard", partial(RateGuard, clock=Clock()))
    client = serve(limits=Limits(reads=0.5))
    codes = [client.get("/api/v1/about").status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]
    problem(client.get("/api/v1/about"))


def test_bodies_that_are_too_large_are_not_read(client: TestClient) -> None:
    answer = client.post("/api/v1/collections", json={"folder": "x" * MIB})
    assert answer.status_code == 413
    assert "1 MiB" in problem(answer)["detail"]


def test_bodies_of_undeclared_size_are_limited(client: TestClient) -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        for _ in range(1_000):
            read += MIB // 4
            yield b" " * (MIB // 4)

    headers = {"content-type": "application/json"}
    answer = client.post("/api/v1/collections", content=endless(), headers=headers)
    assert answer.status_code == 413
    problem(answer)


@pytest.mark.parametrize(
    "type_", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_form_of_another_site_cannot_send_json(client: TestClient, type_: str) -> None:
    body = json.dumps({"folder": "/"}).encode()
    answer = client.post("/api/v1/collections", content=body, headers={"content-type": type_})
    assert answer.status_code == 415
    assert "application/json" in problem(answer)["detail"]


def test_an_upload_is_a_form(client: TestClient, at: str) -> None:
    assert client.post(f"{at}/uploads", json={}).status_code == 415
