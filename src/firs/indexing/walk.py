"""Folders → the picture files and caption files below them."""

import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from glob import iglob
from pathlib import Path

from firs.errors import InputError
from firs.imaging import why
from firs.imaging.decoding import HEAD, SUFFIXES, recognise
from firs.indexing.captions import CAPTION_FILES
from firs.sources import shards
from firs.sources.paths import is_shard, is_url, local_pattern, real
from firs.sources.shards import members
from firs.storage.catalogue import File

# Paths are plain strings here: 200,000 pathlib objects cost more than reading their folders.
# ruff: noqa: PTH110, PTH112, PTH113, PTH116, PTH118, PTH122, PTH123, PTH207


@dataclass(slots=True)
class Found:
    """Files found below ``starts``, sorted by path; ``problems`` lists what could not be read.

    ``shards`` are the shards with members in the files; they may contain captions.
    """

    starts: list[str]
    files: list[File] = field(default_factory=list)
    caption_files: list[Path] = field(default_factory=list)
    shards: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)

    def covers(self, path: str) -> bool:
        """Return whether ``path`` is a start or below one."""
        return any(
            path == start or path.startswith(os.path.join(start, "")) for start in self.starts
        )


def walk(paths: Iterable[str | Path]) -> Found:
    """Find the images below folders, in shards and behind URLs; a file yields itself.

    Hidden files and folders are skipped. Links to folders are followed, each folder is visited
    once, and the tree itself takes precedence over link targets. A file counts as an image by its
    suffix, or by its first bytes if it has no suffix. Shards are read if they are named explicitly,
    or by a URL that matches them, ``file:`` URLs included.

    Raises:
        InputError: there is no such folder or file.
        MissingExtra: a shard or a URL needs an extra that is not installed.
    """
    given = [_resolve(path) for path in paths]
    walker = _Walker(Found([covered for covered, _ in given]))
    walker.run(start for _, starts in given for start in starts)
    return walker.found


def _resolve(path: str | Path) -> tuple[str, list[str]]:
    """Return what a given path covers, and the paths that the walk begins at."""
    pattern = local_pattern(str(path))
    if pattern is None:
        start = _existing(path)
        return shards.folder_of(start), [start]
    return real(shards.folder_of(str(path))), _matching(pattern, path)


def _matching(pattern: str, path: str | Path) -> list[str]:
    """Return the pictures and shards that a pattern of files of this machine matches."""
    files = (each for each in iglob(pattern, recursive=True) if os.path.isfile(each))
    found = [real(each) for each in files if is_shard(each) or _suffix(each) in SUFFIXES]
    if not found:
        raise InputError(f"There are no pictures or shards at {path}. Check the spelling.")
    return sorted(found)


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _existing(path: str | Path) -> str:
    start = real(path)
    if not is_url(start) and not os.path.exists(start):
        raise InputError(f"There is no folder or file {path}. Check the spelling.")
    return start


class _Walker:
    def __init__(self, found: Found) -> None:
        self.found = found
        self._entered: set[tuple[int, int]] = set()
        self._folders: deque[str] = deque()
        self._links: deque[str] = deque()

    def run(self, given: Iterable[str]) -> None:
        for start in given:
            with self._reporting(start):
                self._start(start)
        while queue := self._folders or self._links:
            folder = queue.popleft()
            with self._reporting(folder):
                self._enter(folder)
        self.found.files = sorted(set(self.found.files), key=lambda file: file.path)
        self.found.caption_files.sort()

    @contextmanager
    def _reporting(self, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.found.problems[path] = why(error)

    def _start(self, path: str) -> None:
        if is_url(path):
            self._list(path)
        elif is_shard(path) and not os.path.isdir(path):
            self._take_members(path)
        elif os.path.isdir(path):
            self._folders.append(path)
        else:
            self._take(path, os.stat(path))

    def _list(self, url: str) -> None:
        """Take the pictures behind a URL, and the shards that it names or matches."""
        for path, told in shards.below(url):
            if is_shard(path) and (path == url or shards.is_pattern(url)):
                self._take_members(path)
            elif _suffix(path) in SUFFIXES or path == url:
                self.found.files.append(File(path, *told))

    def _take_members(self, shard: str) -> None:
        listed = members(shard)
        self.found.files += [File(path, *told) for path, told in listed.pictures.items()]
        self.found.shards.append(shard)
        if listed.problem is not None:
            self.found.problems[shard] = listed.problem

    def _enter(self, folder: str) -> None:
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in self._entered:
            return
        self._entered.add((status.st_dev, status.st_ino))
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.startswith("."):
                    with self._reporting(entry.path):
                        self._look(entry)

    def _look(self, entry: os.DirEntry[str]) -> None:
        if entry.is_dir():
            (self._links if entry.is_symlink() else self._folders).append(entry.path)
        elif entry.name in CAPTION_FILES:
            self.found.caption_files.append(Path(entry.path))
        elif _is_picture(entry):
            self._take(entry.path, entry.stat())

    def _take(self, path: str, status: os.stat_result) -> None:
        if stat.S_ISREG(status.st_mode):
            self.found.files.append(File(path, status.st_size, status.st_mtime_ns))
        else:
            self.found.problems[path] = "not a regular file"


def _is_picture(entry: os.DirEntry[str]) -> bool:
    suffix = _suffix(entry.name)
    if suffix:
        return suffix in SUFFIXES
    return entry.is_file() and _begins_as_a_picture(entry.path)


def _begins_as_a_picture(path: str) -> bool:
    with suppress(OSError), open(path, "rb") as file:
        return recognise(file.read(HEAD)) is not None
    return False
