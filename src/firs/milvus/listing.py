"""What the images on a server are, listed, looked up and counted."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from firs.milvus.fields import KEY, id_of, path_of, to_stored_path
from firs.milvus.filters import in_list, sample_expression
from firs.milvus.rows import SHOWN, Caption, captions_of, record_of
from firs.milvus.server import Server
from firs.storage.records import ImageRecord

FEW = 2_000
"""Images that may be read beside those that are wanted."""

Added = tuple[int, int]
"""When an image was added, in µs since 1970, and its id."""


def newest(
    since: Callable[[int], int],
    between: Callable[[int, int], Iterable[Added]],
    start: int,
    count: int,
    span: tuple[int, int],
) -> list[int]:
    """The ids of ``count`` images from ``start`` on, those that were added last first.

    Two moments are found by halving between which these were added and few others, and only what
    was added between them is read.

    Args:
        since: counts what was added at a moment or later.
        between: gives what was added from one moment on and before another.
        start: how many come before.
        count: how many at most.
        span: a moment before all, and one after all.
    """
    low, high = span
    after = min(start + count, since(low))
    if after <= start:
        return []
    first = _moment(since, low, high, after)
    end = high if start <= FEW else _moment(since, first, high, start - FEW)
    passed = 0 if end == high else since(end)
    if passed > start:
        end += 1
        passed = since(end)
    found = sorted(between(first, end), reverse=True)
    return [id_ for _, id_ in found[start - passed : after - passed]]


def _moment(since: Callable[[int], int], low: int, high: int, least: int) -> int:
    """A late moment since which ``least`` were added, or few more if that can be."""
    while high - low > 1:
        middle = (low + high) // 2
        found = since(middle)
        if found < least:
            high = middle
        else:
            low = middle
            if found <= least + FEW:
                break
    return low


_AT_ONCE = 500
_PATHS_AT_ONCE = 1_000
_LATER = 3_600_000_000
"""Microseconds that another machine's clock may be ahead."""


class Listing:
    """The images of one collection.

    Args:
        server: is read from.
        name: of the collection.
    """

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name

    def count(self) -> int:
        """How many images there are."""
        return self._server.count(self._name)

    def captions(self) -> int:
        """How many captions: of images with one or more, with two or more, and so on."""
        total, least = 0, 1
        while more := self._server.count(self._name, f"told >= {least}"):
            total, least = total + more, least + 1
        return total

    def all(self) -> Iterator[ImageRecord]:
        """All images by id."""
        for some in self._server.iterate(self._name, fields=SHOWN, size=_AT_ONCE):
            yield from map(record_of, some)

    def records(self, ids: Sequence[int]) -> dict[int, ImageRecord]:
        """Images by id, without those that do not exist."""
        found = self._server.get(self._name, ids, SHOWN)
        return {int(id_): record_of(row) for id_, row in found.items()}

    def newest(self, start: int, count: int) -> list[ImageRecord]:
        """Some images, those that were added last first."""
        end = time.time_ns() // 1000 + _LATER
        ids = newest(self._since, self._between, start, count, (0, end))
        found = self.records(ids)
        return [found[id_] for id_ in ids if id_ in found]

    def paths(self, ids: Sequence[int]) -> dict[int, Path]:
        """Return the paths of some images by id."""
        found = self._server.get(self._name, ids, ("path",))
        return {int(id_): Path(path_of(row["path"])) for id_, row in found.items()}

    def ids(self, paths: Sequence[str]) -> dict[str, int]:
        """The images at some paths: path → id."""
        guessed = {id_of(path): path for path in paths}
        rows = self._server.get(self._name, guessed, ("path",))
        found = {
            guessed[int(id_)]: int(id_)
            for id_, row in rows.items()
            if path_of(row["path"]) == guessed[int(id_)]
        }
        rest = [path for path in paths if path not in found]
        return found | self._of_other_ids(rest)

    def _of_other_ids(self, paths: Sequence[str]) -> dict[str, int]:
        """Return the same for images that were moved, or came from elsewhere with their ids."""
        found: dict[str, int] = {}
        for at in range(0, len(paths), _PATHS_AT_ONCE):
            some = map(to_stored_path, paths[at : at + _PATHS_AT_ONCE])
            rows = self._server.query(self._name, f"path {in_list(some)}", ("path",))
            found |= {path_of(row["path"]): int(row[KEY]) for row in rows}
        return found

    def _since(self, moment: int) -> int:
        return self._server.count(self._name, f"added_at >= {moment}")

    def _between(self, first: int, end: int) -> Iterator[Added]:
        where = f"added_at >= {first} and added_at < {end}"
        for some in self._server.iterate(self._name, where, ("added_at",)):
            yield from ((int(row["added_at"]), int(row[KEY])) for row in some)


Said = tuple[int, Sequence[Caption]]
"""An image and its captions."""

_ROWS_AT_ONCE = 1_000
_CAPTIONED = "told > 0"


def all_said(server: Server, name: str) -> Iterator[Said]:
    """All images that have captions, by id."""
    yield from _captions_where(server, name, _CAPTIONED)


def some_said(server: Server, name: str, images: int) -> Iterator[Said]:
    """About so many images that have captions, drawn as if by chance: always the same ones.

    No more than these are read. Where there are few all are given.
    """
    count = server.count(name, _CAPTIONED)
    yield from _captions_where(
        server, name, " and ".join(filter(None, [_CAPTIONED, sample_expression(images, count)]))
    )


def _captions_where(server: Server, name: str, where: str) -> Iterator[Said]:
    for rows in server.iterate(name, where, ("captions",), size=_ROWS_AT_ONCE):
        yield from ((int(row[KEY]), captions_of(row)) for row in rows)
