"""``firs serve``: the page and the HTTP API, for a browser on this machine."""

import ipaddress
import threading
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from firs.cli.console import has_windows, say
from firs.cli.options import argument, collection_to_read, flag, option
from firs.errors import CollectionNotFound, InputError

if TYPE_CHECKING:
    from firs.storage.paths import Place
    from firs.web.server import Settings

PORT = 8017
MIN_TOKEN = 16
"""Minimum length of a token; a shorter one could be guessed."""


@dataclass(frozen=True, slots=True)
class ServerArgs:
    """The collections, the address of the server, and who may use it."""

    collections: list[str] | None = argument(
        "[COLLECTION]...",
        "Collections, folders that contain one, or addresses on a server, such as "
        "milvus://HOST:19530/NAME. Default: the current folder's, or that of a folder above.",
    )
    host: str = option("ADDRESS", "The address to listen on.", default="127.0.0.1")
    port: int = option("N", "The port; 0 picks a free one.", default=PORT, min=0, max=65535)
    token: str | None = option(
        "TEXT",
        "Require this token from clients; at least 16 characters.",
        envvar="FIRS_TOKEN",
        show_envvar=False,
    )
    allowed_host: list[str] | None = option("NAME", "Another host name of the server; repeatable.")
    trusted_proxy: list[str] | None = option(
        "CIDR",
        "The address or network of a proxy, such as 10.0.0.0/8, that may set X-Forwarded-For "
        "and X-Forwarded-Proto; repeatable.",
    )
    folders: list[Path] | None = option(
        "DIR",
        "Allow the page to index only folders below this one; repeatable. Default: any on "
        "this machine, or none if other machines can connect.",
    )
    no_browser: bool = flag("Only print the address; open no browser.", "--no-browser")

    def settings(self) -> "Settings":
        """Return the settings of the web application.

        Raises:
            InputError: others could connect without a token, or an option is invalid.
        """
        require_safe(self.host, self.token)
        proxies = tuple(map(_parse_network, self.trusted_proxy or ()))
        from firs.user_dirs import cache_folder
        from firs.web.server import LOOPBACK, Settings

        is_open = self.folders is None and _is_loopback(self.host)
        return Settings(
            hosts=LOOPBACK | {self.host, *(self.allowed_host or ())},
            token=self.token,
            folders=None if is_open else tuple(self.folders or ()),
            trusted_proxies=proxies,
            memory=cache_folder() / "served.json",
            cache=cache_folder() / "thumbnails",
        )


def serve(options: ServerArgs) -> None:
    """Serve the web page for searching and giving feedback, and open it in the browser.

    It runs until Ctrl-C; searches and marks are stored in the collection.

    Examples:
      firs serve
      firs serve ~/Pictures ~/camera.firs
      firs serve milvus://milvus.lan:19530/photos
      firs serve --port 9000 --no-browser
      firs serve --host 0.0.0.0 --allowed-host nas.local --token "$(openssl rand -hex 16)"
    """
    settings = options.settings()
    from firs.web.app import create_app
    from firs.web.server import bind
    from firs.web.server import serve as run

    with bind(options.host, options.port) as listening, suppress(KeyboardInterrupt):
        app = create_app(_collections(options.collections), settings)
        address = _address(options.host, listening.getsockname()[1], options.token)
        run(app, listening, lambda: _greet(address, in_browser=not options.no_browser))


def _greet(address: str, *, in_browser: bool) -> None:
    say(f"QT-FIRS is at {address}")
    say("Ctrl-C ends it; nothing is lost.")
    if in_browser and _has_browser():
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def require_safe(host: str, token: str | None) -> None:
    """Check that strangers cannot use the server.

    Raises:
        InputError: others can connect without a token, or the token can be guessed.
    """
    if token is not None and len(token) < MIN_TOKEN:
        raise InputError(
            f"A token of {len(token)} characters can be guessed; take at least {MIN_TOKEN}."
        )
    if token is None and not _is_loopback(host):
        raise InputError(
            f"At {host} others can connect, so a token is needed: --token TEXT, such as one from: "
            "openssl rand -hex 16"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _parse_network(given: str) -> str:
    try:
        return str(ipaddress.ip_network(given, strict=False))
    except ValueError as error:
        raise InputError(
            f"--trusted-proxy takes an address or a network, such as 10.0.0.0/8, not {given!r}."
        ) from error


def _collections(given: Sequence[str] | None) -> "list[Place]":
    if given:
        return [collection_to_read(each) for each in given]
    try:
        return [collection_to_read(None)]
    except CollectionNotFound:
        return []


def _address(host: str, port: int, token: str | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/" + (f"?token={quote(token, safe='')}" if token else "")


def _has_browser() -> bool:
    """Return whether a graphical browser can be opened; one in the terminal would take it over."""
    if not has_windows():
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
