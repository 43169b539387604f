"""What ``firs serve`` makes of what is typed; the server itself is tested in tests/web."""

import socket
import webbrowser
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from firs.web import server
from firs.web.server import LOOPBACK
from tests.cli.conftest import Firs
from tests.waiting import PATIENCE

TOKEN = "0123456789abcdef"


class Served:
    """What would have been served."""

    app: Any = None

    def __call__(self, app: Any, listening: socket.socket, ready: Callable[[], None]) -> None:
        self.app = app
        ready()
        app.state.firs.close()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Served:
    noted = Served()
    monkeypatch.setattr(server, "serve", noted)
    monkeypatch.setenv("FIRS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return noted


def test_the_collection_of_the_current_folder(
    firs: Firs, served: Served, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(indexed / "more")
    outcome = firs("serve", "--port", "0")
    assert outcome.code == 0
    assert outcome.out == ""
    assert outcome.err.startswith("QT-FIRS is at http://127.0.0.1:")
    settings = served.app.state.firs.settings
    assert settings.hosts == LOOPBACK
    assert (settings.token, settings.folders) == (None, None)


def test_serve_without_a_collection(
    firs: Firs, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert firs("serve", "--port", "0").code == 0


def test_missing_collection_is_an_error(firs: Firs, served: Served, tmp_path: Path) -> None:
    outcome = firs("serve", tmp_path / "nothing", "--port", "0")
    assert outcome.code == 1
    assert outcome.err.startswith("error: There is no collection in")
    assert served.app is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "nas.local", "8.8.8.8"])
def test_other_hosts_require_a_token(firs: Firs, served: Served, host: str) -> None:
    outcome = firs("serve", "--host", host)
    assert outcome.code == 1
    assert "--token" in outcome.err
    assert served.app is None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1.2.3"])
def test_loopback_needs_no_token(firs: Firs, served: Served, host: str) -> None:
    assert firs("serve", "--host", host, "--port", "0").code == 0
    assert host in served.app.state.firs.settings.hosts


def test_serve_for_other_machines(firs: Firs, served: Served, tmp_path: Path) -> None:
    arguments = ("--host", "0.0.0.0", "--port", "0", "--token", TOKEN)
    outcome = firs("serve", *arguments, "--allowed-host", "nas.local")
    assert outcome.err.splitlines()[0].endswith(f"/?token={TOKEN}")
    settings = served.app.state.firs.settings
    assert settings.token == TOKEN
    assert settings.hosts == LOOPBACK | {"0.0.0.0", "nas.local"}
    assert settings.folders == ()
    firs("serve", *arguments, "--folders", tmp_path)
    assert served.app.state.firs.settings.folders == (tmp_path,)


def test_trusted_proxies(firs: Firs, served: Served) -> None:
    given = ("--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "::1")
    assert firs("serve", "--port", "0", *given).code == 0
    assert served.app.state.firs.settings.trusted_proxies == ("10.0.0.0/8", "::1/128")


@pytest.mark.parametrize("given", ["*", "proxy.lan", "10.0.0.0/33", ""])
def test_a_proxy_is_named_by_its_address(firs: Firs, served: Served, given: str) -> None:
    outcome = firs("serve", "--trusted-proxy", given)
    assert outcome.code == 1
    assert "--trusted-proxy takes an address or a network" in outcome.err


def test_short_token_is_refused(firs: Firs, served: Served) -> None:
    outcome = firs("serve", "--token", "secret")
    assert outcome.code == 1
    assert "can be guessed" in outcome.err


def test_a_token_from_the_environment(
    firs: Firs, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRS_TOKEN", TOKEN)
    assert firs("serve", "--port", "0").code == 0
    assert served.app.state.firs.settings.token == TOKEN


def test_a_browser_is_opened(firs: Firs, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: Queue[str] = Queue()
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(webbrowser, "get", lambda: None)
    monkeypatch.setattr(webbrowser, "open", opened.put)
    firs("serve", "--port", "0", "--no-browser")
    firs("serve", "--port", "0")
    assert opened.get(timeout=PATIENCE).startswith("http://127.0.0.1:")
    assert opened.empty()


def test_no_browser_no_error(firs: Firs, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise webbrowser.Error

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(webbrowser, "get", none)
    assert firs("serve", "--port", "0").code == 0
