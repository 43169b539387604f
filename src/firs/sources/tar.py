"""WebDataset shards: a tar whose members of one key are a picture and what is said of it."""

import json
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from firs.errors import ImageError
from firs.pictures.formats import SUFFIXES
from firs.sources.places import fetch, open_place
from firs.sources.shards import MOST, Captions

_TEXTS = (".txt", ".json")
_END = bytes(tarfile.BLOCKSIZE)
_CUT = "truncated or damaged; what lies before that place is kept"
_LONGEST_TEXT = 2**20
_SAID = ("caption", "captions", "text")


class _Place(NamedTuple):
    start: int
    bytes: int


class Tar:
    """A tar, not compressed, whose headers were read once; members are read where they lie."""

    def __init__(self, path: str) -> None:
        self.problem: str | None = None
        self._path = path
        self._pictures: dict[str, _Place] = {}
        self._texts: dict[str, _Place] = {}
        for name, place in self._listed():
            if name.lower().endswith(tuple(SUFFIXES)):
                self._pictures[name] = place
            elif name.lower().endswith(_TEXTS) and place.bytes <= _LONGEST_TEXT:
                self._texts[name] = place

    def members(self) -> Mapping[str, int]:
        """See :class:`firs.sources.shards.Shard`."""
        return {name: place.bytes for name, place in self._pictures.items()}

    def read(self, member: str) -> bytes:
        """See :class:`firs.sources.shards.Shard`."""
        place = self._pictures.get(member)
        if place is None:
            raise ImageError("no such file")
        if place.bytes > MOST:
            raise ImageError(f"too large: {place.bytes} bytes")
        return self._bytes(place)

    def captions(self) -> Captions:
        """A text of the same key is one caption; of JSON, what it calls caption or text."""
        by_key: dict[str, list[str]] = {}
        for name, place in self._texts.items():
            told = by_key.setdefault(_key(name), [])
            told.extend(text for text in self._said(name, place) if text not in told)
        return {name: by_key[_key(name)] for name in self._pictures if by_key.get(_key(name))}

    def _listed(self) -> Iterator[tuple[str, _Place]]:
        """The regular members up to where it ends, or is damaged."""
        try:
            with open_place(self._path) as file, tarfile.open(fileobj=file, mode="r:") as tar:
                for each in tar:
                    name = _harmless(each.name)
                    if each.isreg() and not name.rpartition("/")[2].startswith("."):
                        yield name, _Place(each.offset_data, each.size)
                file.seek(tar.offset)
                if file.read(tarfile.BLOCKSIZE) != _END:  # tarfile takes it for the end, too
                    self.problem = _CUT
        except (tarfile.TarError, EOFError, OverflowError, ValueError):
            self.problem = _CUT

    def _bytes(self, place: _Place) -> bytes:
        data = fetch(self._path, place.start, place.start + place.bytes)
        if len(data) < place.bytes:
            raise ImageError("truncated")
        return data

    def _said(self, name: str, place: _Place) -> list[str]:
        try:
            text = self._bytes(place).decode("utf-8-sig")
            said = _in_json(text) if name.lower().endswith(".json") else [text]
        except (ImageError, OSError, ValueError, RecursionError):
            return []  # a picture is not lost for what was said of it
        return [" ".join(each.split()) for each in said if each.strip()]


def _harmless(name: str) -> str:
    """A member's name without steps up or to the root: it is a name, never a place on a disk."""
    return "/".join(step for step in name.split("/") if step not in ("", ".", ".."))


def _key(name: str) -> str:
    """WebDataset: all up to the first dot of the last step."""
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition('.')[0]}"


def _in_json(text: str) -> list[str]:
    told: Any = json.loads(text)
    if not isinstance(told, dict):
        return []
    said = [told[key] for key in _SAID if key in told]
    several = [each if isinstance(each, list) else [each] for each in said]
    return [text for texts in several for text in texts if isinstance(text, str)]
