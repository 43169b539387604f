"""Listings of the members of tar files, cached so that a remote tar is scanned only once."""

import gzip
import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeAlias

from firs.caching import cache_folder
from firs.sources.places import Status

Place: TypeAlias = tuple[int, int]
"""Where a member begins, and its bytes."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The pictures of a tar and their captions, by member, and why it may hold more."""

    pictures: dict[str, Place]
    captions: dict[str, list[str]]
    problem: str | None


def cached_listing(path: str, now: Status) -> Listing | None:
    """Return the cached listing of an unchanged tar, if there is one."""
    try:
        told = json.loads(gzip.decompress(_file(path, now).read_bytes()))
        pictures = {name: (start, size) for name, (start, size) in told["pictures"].items()}
        return Listing(pictures, told["captions"], told["problem"])
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        return None  # it can be made again


def keep(path: str, now: Status, listing: Listing) -> None:
    """Cache a listing; if that fails, the tar is scanned again the next time."""
    file = _file(path, now)
    data = gzip.compress(json.dumps(asdict(listing)).encode(), 4)
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
            part.write(data)
        os.replace(part.name, file)  # noqa: PTH105, as names


def _file(path: str, now: Status) -> Path:
    name = hashlib.blake2b(f"{path}\n{now}".encode(errors="surrogateescape"), digest_size=16)
    return cache_folder() / "shards" / f"{name.hexdigest()}.json.gz"
