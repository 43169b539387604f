"""WebDataset shards: a tar where the members of one key are an image and its captions."""

import gzip
import hashlib
import json
import os
import tarfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO, TypeAlias

from firs.errors import ImageError
from firs.imaging.decoding import SUFFIXES
from firs.sources.paths import is_url
from firs.sources.shards import MAX_BYTES, Captions, Status, fetch, open_place
from firs.user_dirs import cache_folder

Place: TypeAlias = tuple[int, int]
"""The position of a member in a tar, and its size in bytes."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The pictures of a tar and their captions, by member, and why it may be incomplete."""

    pictures: dict[str, Place]
    captions: dict[str, list[str]]
    problem: str | None


def cached_listing(path: str, now: Status) -> Listing | None:
    """Return the cached listing of an unchanged tar, if there is one."""
    try:
        content = json.loads(gzip.decompress(_cache_file(path, now).read_bytes()))
        pictures = {name: (start, size) for name, (start, size) in content["pictures"].items()}
        return Listing(pictures, content["captions"], content["problem"])
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        return None  # it can be scanned again


def cache_listing(path: str, now: Status, listing: Listing) -> None:
    """Cache a listing; if that fails, the tar is scanned again the next time."""
    file = _cache_file(path, now)
    data = gzip.compress(json.dumps(asdict(listing)).encode(), 4)
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
            part.write(data)
        os.replace(part.name, file)  # noqa: PTH105, as names


def _cache_file(path: str, now: Status) -> Path:
    name = hashlib.blake2b(f"{path}\n{now}".encode(errors="surrogateescape"), digest_size=16)
    return cache_folder() / "shards" / f"{name.hexdigest()}.json.gz"


_TEXTS = (".txt", ".json")
_MAX_TEXT = 2**20
_CAPTION_KEYS = ("caption", "captions", "text")
_END = bytes(tarfile.BLOCKSIZE)
_DAMAGED = "truncated or damaged; pictures before the damage are used"


class Tar:
    """An uncompressed tar that is scanned once; members are then read at their offsets.

    The listing of a tar behind a URL is cached on this machine until the tar changes.
    """

    def __init__(self, path: str, now: Status) -> None:
        self._path = path
        listing = cached_listing(path, now) if is_url(path) else None
        if listing is None:
            with open_place(path) as file:
                listing = _scan(file)
            if is_url(path):
                cache_listing(path, now, listing)
        self._listing = listing
        self.problem = listing.problem

    def members(self) -> Mapping[str, int]:
        return {name: size for name, (_, size) in self._listing.pictures.items()}

    def read(self, member: str) -> bytes:
        place = self._listing.pictures.get(member)
        if place is None:
            raise ImageError("no such file")
        start, size = place
        if size > MAX_BYTES:
            raise ImageError(f"too large: {size} bytes")
        data = fetch(self._path, start, start + size)
        if len(data) < size:
            raise ImageError("truncated")
        return data

    def captions(self) -> Captions:
        """Return captions by member: a text, or the caption or text field of JSON."""
        return self._listing.captions


def _scan(file: BinaryIO) -> Listing:
    """List the regular members up to the end of a tar, or to its first damage."""
    pictures: dict[str, Place] = {}
    texts: dict[str, list[str]] = {}
    problem = None
    try:
        with tarfile.open(fileobj=file, mode="r:") as tar:
            for member in tar:
                name = _safe_name(member.name)
                if not member.isreg() or name.rpartition("/")[2].startswith("."):
                    continue
                if name.lower().endswith(tuple(SUFFIXES)):
                    pictures[name] = member.offset_data, member.size
                elif name.lower().endswith(_TEXTS) and member.size <= _MAX_TEXT:
                    content = tar.extractfile(member)
                    found = _parse_texts(name, content.read()) if content else []
                    texts.setdefault(_key(name), []).extend(found)
            file.seek(tar.offset)
            if file.read(tarfile.BLOCKSIZE) != _END:  # tarfile stops here without an error
                problem = _DAMAGED
    except (tarfile.TarError, EOFError, OverflowError, ValueError):
        problem = _DAMAGED
    captions = {name: list(dict.fromkeys(texts.get(_key(name), ()))) for name in pictures}
    return Listing(pictures, {name: each for name, each in captions.items() if each}, problem)


def _safe_name(name: str) -> str:
    """Return a member's name without ``..`` and leading slashes."""
    return "/".join(step for step in name.split("/") if step not in ("", ".", ".."))


def _key(name: str) -> str:
    """Return the key of a member in a WebDataset: all up to the first dot of the file name."""
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition('.')[0]}"


def _parse_texts(name: str, data: bytes) -> list[str]:
    """Return the captions of a text member; none if it is damaged."""
    try:
        text = data.decode("utf-8-sig")
        texts = _parse_json(text) if name.lower().endswith(".json") else [text]
    except (ValueError, RecursionError):
        return []
    return [" ".join(each.split()) for each in texts if each.strip()]


def _parse_json(text: str) -> list[str]:
    content: Any = json.loads(text)
    if not isinstance(content, dict):
        return []
    values = [content[key] for key in _CAPTION_KEYS if key in content]
    lists = [each if isinstance(each, list) else [each] for each in values]
    return [each for values in lists for each in values if isinstance(each, str)]
