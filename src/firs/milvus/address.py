"""The address of a collection on a Milvus server: ``milvus://host:19530/name``."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlencode, urlsplit

from firs.errors import InputError

PLAIN, ENCRYPTED = SCHEMES = "milvus", "milvus+tls"
PORT = 19530

TOKEN = "FIRS_MILVUS_TOKEN"  # noqa: S105
USER = "FIRS_MILVUS_USER"
PASSWORD = "FIRS_MILVUS_PASSWORD"  # noqa: S105

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_LONGEST_NAME = 100
"""Milvus accepts 255 letters; the parts of a collection have longer names."""

_TLS_OPTIONS = {"ca", "server_name"}
_MOST_SHARDS = 1_024
"""A server has its own limit, by default 16 (``proxy.maxShardNum``)."""

_FORM = "milvus://HOST:19530/NAME"


def is_address(text: object) -> bool:
    """Return whether a text is the address of a collection on a server.

    >>> is_address("milvus://localhost/photos"), is_address("photos/.firs")
    (True, False)
    """
    return isinstance(text, str) and text.partition("://")[0].lower() in SCHEMES and "://" in text


@dataclass(frozen=True, slots=True)
class Address:
    """Address of a collection on a server, with credentials that no text of it shows.

    Args:
        host: host name or IP address.
        name: name of the collection.
        port: gRPC port of the server.
        database: database on the server; empty for its default.
        user: user name; empty for a token or for no login.
        secret: password or token.
        tls: whether the connection is encrypted.
        ca: PEM file with the CA certificate to verify the server; default the public authorities.
        server_name: name in the server's certificate, if it is not ``host``.
        shards: number of shards of a new collection; 0 for one. Not part of the address as shown.

    >>> Address.parse("milvus://ann:secret@localhost/photos")
    Address('milvus://localhost:19530/photos')
    """

    host: str
    name: str
    port: int = PORT
    database: str = ""
    user: str = ""
    secret: str = field(default="", repr=False)
    tls: bool = False
    ca: str = ""
    server_name: str = ""
    shards: int = 0

    @classmethod
    def parse(cls, text: str, environment: Mapping[str, str] | None = None) -> Self:
        """Parse an address, with credentials from it or from the environment.

        Args:
            text: ``milvus://[USER:PASSWORD@|TOKEN@]HOST[:PORT]/[DATABASE/]NAME[?shards=N]``, or the
                same with ``milvus+tls``, then also ``?ca=FILE`` and ``?server_name=NAME``.
            environment: with ``FIRS_MILVUS_TOKEN``, or ``FIRS_MILVUS_USER`` and
                ``FIRS_MILVUS_PASSWORD``; default the environment of the process.

        Raises:
            InputError: it is not an address; the message explains why, without the secret.
        """
        parts = _split(text)
        database, name = _names(parts)
        user, secret = _credentials(parts) or _credentials_from(
            os.environ if environment is None else environment
        )
        options = _options(parts)
        return cls(
            host=parts.hostname or "",
            name=name,
            port=PORT if parts.port is None else parts.port,
            database=database,
            user=user,
            secret=secret,
            tls=parts.scheme == ENCRYPTED,
            ca=options.get("ca", ""),
            server_name=options.get("server_name", ""),
            shards=_shards(options),
        )

    @property
    def server(self) -> str:
        """Return the server alone, as ``host:port``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def token(self) -> str:
        """Return the Milvus token of the user; empty without credentials."""
        return f"{self.user}:{self.secret}" if self.user else self.secret

    def __str__(self) -> str:
        """Return the address without credentials; it can be parsed again."""
        scheme = ENCRYPTED if self.tls else PLAIN
        names = "/".join(filter(None, (self.database, self.name)))
        options = {"ca": self.ca, "server_name": self.server_name}
        query = urlencode({key: value for key, value in options.items() if value}, quote_via=quote)
        return f"{scheme}://{self.server}/{names}" + (f"?{query}" if query else "")

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"


def _split(text: str) -> SplitResult:
    if not is_address(text):
        raise InputError(f"The address of a collection on a server is {_FORM}.")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InputError(f"{_without_secrets(text)} is not valid: write {_FORM}.") from None
    if not host:
        raise InputError(f"{_without_secrets(text)} has no host: write {_FORM}.")
    if "@" in parts.path + parts.query + parts.fragment or parts.fragment:
        raise InputError(
            "Letters like / ? # @ in a password or token are written as %2F %3F %23 %40 in an "
            f"address; or set {TOKEN}, or {USER} and {PASSWORD}, and write {_FORM}."
        )
    return parts


def _without_secrets(text: str) -> str:
    """Return the text without credentials."""
    scheme, _, rest = text.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _names(parts: SplitResult) -> tuple[str, str]:
    """Return the database, empty without one, and the collection."""
    names = [unquote(each) for each in parts.path.strip("/").split("/")]
    if names == [""]:
        raise InputError(f"The address has no collection: write {_FORM}.")
    if len(names) > 2:
        raise InputError(f"An address has at most a database and a collection: {_FORM}.")
    for each in names:
        _check(each)
    return "" if len(names) == 1 else names[0], names[-1]


def _check(name: str) -> None:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        valid = re.sub(r"[^A-Za-z0-9_]", "_", name)[:_LONGEST_NAME]
        valid = valid if _NAME.fullmatch(valid) else f"_{valid}"
        raise InputError(
            "The name of a collection on a server has letters A-Z and a-z, digits and _, does not "
            f"begin with a digit, and is at most {_LONGEST_NAME} letters long. Write {valid} "
            f"instead of {name!r}."
        )


def _credentials(parts: SplitResult) -> tuple[str, str] | None:
    """Return user and password, or an empty user and a token, if the address has them."""
    if not parts.username and not parts.password:
        return None
    if parts.password is None:
        return "", unquote(parts.username or "")
    return unquote(parts.username or ""), unquote(parts.password)


def _credentials_from(environment: Mapping[str, str]) -> tuple[str, str]:
    if token := environment.get(TOKEN):
        return "", token
    user, password = environment.get(USER, ""), environment.get(PASSWORD, "")
    if bool(user) != bool(password):
        raise InputError(f"Set both {USER} and {PASSWORD}, or neither.")
    return user, password


def _options(parts: SplitResult) -> dict[str, str]:
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    unknown = sorted(set(options) - {*_TLS_OPTIONS, "shards"})
    if unknown:
        raise InputError(
            f"An address has the options shards, ca and server_name, not {unknown[0]!r}."
        )
    if set(options) & _TLS_OPTIONS and parts.scheme != ENCRYPTED:
        raise InputError(f"ca and server_name are for encrypted addresses: {ENCRYPTED}://….")
    return options


def _shards(options: Mapping[str, str]) -> int:
    given = options.get("shards", "0")
    if not given.isdecimal() or ("shards" in options and not 1 <= int(given) <= _MOST_SHARDS):
        raise InputError(f"?shards=N is a number from 1 to {_MOST_SHARDS}, not {given!r}.")
    return int(given)
