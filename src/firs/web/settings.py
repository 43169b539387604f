"""Settings of a server."""

from dataclasses import dataclass, field
from pathlib import Path

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""The names by which a machine calls itself."""

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a client may ask for.

    ``reads`` and ``writes`` are requests a second that one address may keep up; for a moment it
    may send as many as in ten seconds. ``uploads``, ``uploads_bytes`` and ``upload_seconds`` bound
    the example pictures that are stored with a collection.
    """

    upload_bytes: int = 200 * MIB
    uploads: int = 100
    uploads_bytes: int = 64 * MIB
    upload_seconds: float = 24 * 3600
    import_bytes: int = 32 * MIB
    body_bytes: int = MIB
    reads: float = 300
    writes: float = 50
    open_sessions: int = 32


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server behaves.

    Args:
        hosts: names under which it answers, without ports.
        token: what a client must show, if anything.
        folders: where new folders may be indexed from; None is anywhere.
        memory: a file that remembers collections made from the page, or None to forget them.
        trusted_proxies: addresses and networks (CIDR) of proxies that say for whom they ask, in
            ``X-Forwarded-For`` and ``X-Forwarded-Proto``; from others these headers mean nothing.
        cache: where thumbnails are kept of collections that cannot be written to.
        limits: how much a client may ask for.
    """

    hosts: frozenset[str] = LOOPBACK
    token: str | None = None
    folders: tuple[Path, ...] | None = None
    memory: Path | None = None
    cache: Path | None = None
    trusted_proxies: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
