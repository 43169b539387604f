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
from firs.imaging.formats import SUFFIXES
from firs.sources.locations import Status, fetch, open_place
from firs.sources.paths import is_url
from firs.sources.shards import MOST, Captions
from firs.user_dirs import cache_folder

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


_TEXTS = (".txt", ".json")
_LONGEST_TEXT = 2**20
_SAID = ("caption", "captions", "text")
_END = bytes(tarfile.BLOCKSIZE)
_CUT = "truncated or damaged; what lies before that place is kept"


class Tar:
    """An uncompressed tar that is scanned once; members are then read at their offsets.

    The listing of a tar behind a URL is cached on this machine until the tar changes.
    """

    def __init__(self, path: str, now: Status) -> None:
        self._path = path
        listing = cached_listing(path, now) if is_url(path) else None
        if listing is None:
            listing = _listing(path)
            if is_url(path):
                keep(path, now, listing)
        self._listing = listing
        self.problem = listing.problem

    def members(self) -> Mapping[str, int]:
        """See :class:`firs.sources.shards.Shard`."""
        return {name: size for name, (_, size) in self._listing.pictures.items()}

    def read(self, member: str) -> bytes:
        """See :class:`firs.sources.shards.Shard`."""
        place = self._listing.pictures.get(member)
        if place is None:
            raise ImageError("no such file")
        start, size = place
        if size > MOST:
            raise ImageError(f"too large: {size} bytes")
        data = fetch(self._path, start, start + size)
        if len(data) < size:
            raise ImageError("truncated")
        return data

    def captions(self) -> Captions:
        """Return captions by member: a text, or the caption or text field of JSON."""
        return self._listing.captions


class _Reader:
    """Scanner of a tar: collects the positions of its images, and its captions."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._pictures: dict[str, Place] = {}
        self._said: dict[str, list[str]] = {}

    def listing(self) -> Listing:
        """Return the regular members up to the end of the tar, or to its first damage."""
        problem = None
        try:
            with tarfile.open(fileobj=self._file, mode="r:") as tar:
                for each in tar:
                    self._look(each, tar)
                self._file.seek(tar.offset)
                if self._file.read(tarfile.BLOCKSIZE) != _END:  # tarfile ends here without a word
                    problem = _CUT
        except (tarfile.TarError, EOFError, OverflowError, ValueError):
            problem = _CUT
        said = {name: self._said.get(_key(name), []) for name in self._pictures}
        captions = {name: texts for name, texts in said.items() if texts}
        return Listing(self._pictures, captions, problem)

    def _look(self, each: tarfile.TarInfo, tar: tarfile.TarFile) -> None:
        name = _harmless(each.name)
        if not each.isreg() or name.rpartition("/")[2].startswith("."):
            return
        if name.lower().endswith(tuple(SUFFIXES)):
            self._pictures[name] = each.offset_data, each.size
        elif name.lower().endswith(_TEXTS) and each.size <= _LONGEST_TEXT:
            told = self._said.setdefault(_key(name), [])
            file = tar.extractfile(each)
            texts = _texts(name, file.read()) if file else []
            told.extend(text for text in texts if text not in told)


def _listing(path: str) -> Listing:
    with open_place(path) as file:
        return _Reader(file).listing()


def _harmless(name: str) -> str:
    """Return a member's name without ``..`` and leading slashes: it is never a place on a disk."""
    return "/".join(step for step in name.split("/") if step not in ("", ".", ".."))


def _key(name: str) -> str:
    """WebDataset: all up to the first dot of the last step."""
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition('.')[0]}"


def _texts(name: str, data: bytes) -> list[str]:
    """Return the captions of a text member; an error in it does not lose the image."""
    try:
        text = data.decode("utf-8-sig")
        said = _in_json(text) if name.lower().endswith(".json") else [text]
    except (ValueError, RecursionError):
        return []
    return [" ".join(each.split()) for each in said if each.strip()]


def _in_json(text: str) -> list[str]:
    told: Any = json.loads(text)
    if not isinstance(told, dict):
        return []
    said = [told[key] for key in _SAID if key in told]
    several = [each if isinstance(each, list) else [each] for each in said]
    return [text for texts in several for text in texts if isinstance(text, str)]
