"""``firs serve``: the page and the HTTP API, for a browser on this machine."""

import ipaddress
import threading
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias
from urllib.parse import quote

import typer

from firs.cli.console import has_windows, say
from firs.errors import CollectionNotFound, InputError

if TYPE_CHECKING:
    from firs.storage.paths import Place

PORT = 8017
LEAST_TOKEN = 16
"""Letters of a token that cannot be guessed in time."""

Collections: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[COLLECTION]...",
        help="Collections, folders that have one, or addresses on a server, as "
        "milvus://HOST:19530/NAME. Otherwise: here or in a folder above.",
        show_default=False,
    ),
]
Host: TypeAlias = Annotated[
    str, typer.Option(metavar="ADDRESS", help="The address to listen at; others need --token.")
]
Port: TypeAlias = Annotated[
    int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0 is any that is free.")
]
Token: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        envvar="FIRS_TOKEN",
        help="Answer only those who show this, at least 16 characters.",
        show_default=False,
        show_envvar=False,
    ),
]
AllowedHosts: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--allowed-host",
        metavar="NAME",
        help="Another name under which the server may be asked; several times.",
        show_default=False,
    ),
]
TrustedProxies: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--trusted-proxy",
        metavar="CIDR",
        help="The address or network of a proxy, as 10.0.0.0/8, whose X-Forwarded-For and "
        "X-Forwarded-Proto are believed; several times.",
        show_default=False,
    ),
]
Folders: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="DIR",
        help="Let the page index folders below this one alone; several times. "
        "Otherwise: any on this machine, or none where others can connect.",
        show_default=False,
    ),
]
NoBrowser: TypeAlias = Annotated[
    bool, typer.Option("--no-browser", help="Open no browser; print the address alone.")
]


def serve(
    collections: Collections = None,
    host: Host = "127.0.0.1",
    port: Port = PORT,
    token: Token = None,
    allowed_host: AllowedHosts = None,
    trusted_proxy: TrustedProxies = None,
    folders: Folders = None,
    no_browser: NoBrowser = False,
) -> None:
    """Open the page on which you search and steer, in the browser, served by this machine.

    It goes on until Ctrl-C, and loses nothing: what was searched and marked is in the collection.

    Examples:
      firs serve
      firs serve ~/Pictures ~/camera.firs
      firs serve milvus://milvus.lan:19530/photos
      firs serve --port 9000 --no-browser
      firs serve --host 0.0.0.0 --allowed-host nas.local --token "$(openssl rand -hex 16)"
    """
    _require_safe(host, token)
    proxies = tuple(map(_network, trusted_proxy or ()))
    from firs.user_dirs import cache_folder
    from firs.web.app import create_app
    from firs.web.server import LOOPBACK, Settings, bind
    from firs.web.server import serve as run

    settings = Settings(
        hosts=LOOPBACK | {host, *(allowed_host or ())},
        token=token,
        folders=_folders(folders, host),
        trusted_proxies=proxies,
        memory=cache_folder() / "served.json",
        cache=cache_folder() / "thumbnails",
    )
    with bind(host, port) as listening, suppress(KeyboardInterrupt):
        app = create_app(_collections(collections), settings)
        address = _address(host, listening.getsockname()[1], token)
        run(app, listening, lambda: _greet(address, in_browser=not no_browser))


def _greet(address: str, *, in_browser: bool) -> None:
    say(f"QT-FIRS is at {address}")
    say("Ctrl-C ends it; nothing is lost.")
    if in_browser and _has_browser():
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _require_safe(host: str, token: str | None) -> None:
    if token is not None and len(token) < LEAST_TOKEN:
        raise InputError(
            f"A token of {len(token)} characters can be guessed; take at least {LEAST_TOKEN}."
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


def _network(given: str) -> str:
    try:
        return str(ipaddress.ip_network(given, strict=False))
    except ValueError as error:
        raise InputError(
            f"--trusted-proxy takes an address or a network, such as 10.0.0.0/8, not {given!r}."
        ) from error


def _folders(given: Sequence[Path] | None, host: str) -> tuple[Path, ...] | None:
    if given is None and _is_loopback(host):
        return None
    return tuple(given or ())


def _collections(given: Sequence[str] | None) -> "list[Place]":
    from firs.cli.options import collection_to_read

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
