"""Who a client is behind a proxy: what a trusted proxy says, and what no one else can claim."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient

from firs.web.app import create_app
from firs.web.server import Limits, Settings
from tests.web.conftest import ADDRESS

NETWORK, PROXY, CLIENT = "10.0.0.0/8", "10.0.0.9", "192.0.2.7"
BURST = 5


ClientAt = Callable[..., TestClient]


@pytest.fixture
def client_at() -> Iterator[ClientAt]:
    """Make a client that connects from an address, of a server that trusts some proxies."""
    with ExitStack() as stack:

        def connect(peer: str, *trusted: str) -> TestClient:
            settings = Settings(trusted_proxies=trusted, limits=Limits(reads=BURST / 10))
            app = create_app(settings=settings)
            client = TestClient(app, base_url=ADDRESS, client=(peer, 1234))
            return stack.enter_context(client)

        yield connect


def codes(client: TestClient, forwarded_for: str, count: int = BURST + 1) -> list[int]:
    headers = {"x-forwarded-for": forwarded_for}
    return [client.get("/api/v1/about", headers=headers).status_code for _ in range(count)]


def test_clients_of_a_trusted_proxy_have_separate_limits(client_at: ClientAt) -> None:
    client = client_at(PROXY, NETWORK)
    assert codes(client, CLIENT) == [200] * BURST + [429]
    assert codes(client, "192.0.2.8") == [200] * BURST + [429]


def test_client_cannot_forge_headers_through_a_trusted_proxy(client_at: ClientAt) -> None:
    """The proxy appends the address that it sees; what stands before is the client's own."""
    client = client_at(PROXY, NETWORK)
    claims = [f"198.51.100.{number}, {CLIENT}" for number in range(BURST + 1)]
    assert [code for claim in claims for code in codes(client, claim, 1)] == [200] * BURST + [429]


def test_through_several_trusted_proxies(client_at: ClientAt) -> None:
    client = client_at(PROXY, NETWORK)
    assert codes(client, f"{CLIENT}, 10.1.2.3") == [200] * BURST + [429]
    assert codes(client, "192.0.2.8, 10.1.2.3", 1) == [200]


def test_untrusted_forwarded_headers_are_ignored(client_at: ClientAt) -> None:
    for client in (client_at(CLIENT, NETWORK), client_at(PROXY)):
        claims = [f"198.51.100.{number}" for number in range(BURST + 1)]
        found = [code for claim in claims for code in codes(client, claim, 1)]
        assert found == [200] * BURST + [429]


def test_page_behind_a_tls_proxy_has_our_origin(client_at: ClientAt) -> None:
    headers = {"x-forwarded-proto": "https", "origin": ADDRESS.replace("http", "https")}
    for peer, code in ((PROXY, 422), (CLIENT, 403)):
        client = client_at(peer, NETWORK)
        answer = client.post("/api/v1/collections", json={"folder": "relative"}, headers=headers)
        assert answer.status_code == code
