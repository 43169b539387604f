"""Queries of a Milvus server: expressions, filters as expressions, and complete reads.

**Filters.** Tags, dates and sizes are an expression, which every shard of the server evaluates. Of
a pattern of paths, an expression can only contain the literal prefix, up to the first ``*``, ``?``
or ``[``. That is sufficient for a folder such as ``/photos/2024``. For any other pattern the ids
and paths of the images with this prefix are read and compared here; a pattern that begins with
``*`` reads those of the whole collection (about 100 bytes per image). A collection on a server is
in no folder, so a pattern that is not absolute matches at any depth: ``2024/**`` matches what
``**/2024/**`` does.

**Complete reads**, whatever the number of segments. A query with a limit cannot read all rows.
Milvus 2.3 returns any rows up to the limit, or, with the parameters of its iterators, those with
the smallest ids; but then it stops merging when one segment has no further row, so fewer rows than
the limit may be returned although there are more. A query without a limit returns every row that
matches its expression. So rows are always read without a limit, from ranges of ids that are short
enough. Queries with a limit only propose where a range may end, which determines its length, never
which rows are returned. The number of returned rows is compared with the expected one. If it is
lower, the server counts the rows with other ids. If there are some, the query is repeated and
finally fails, so that a caller gets all rows or an error.
"""

import json
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from firs.errors import ServerError
from firs.filters import Filter, compile_glob, nanoseconds
from firs.index.base import Ids
from firs.milvus.schema import DRAWS, KEY, MOST_FOUND, Key, Row, path_of, to_stored_path
from firs.sources.paths import is_url, plain_glob, real
from firs.storage.records import batches

if TYPE_CHECKING:
    from firs.milvus.server import Server

EVERYTHING = ""
MOST_FOLDERS = 100
"""Maximum number of folders in one expression."""


def quote(value: str | int) -> str:
    """Return a text or number as a literal of an expression."""
    return json.dumps(value if isinstance(value, str) else int(value), ensure_ascii=False)


def in_list(values: Iterable[str | int]) -> str:
    """Return the end of an expression that compares a field with some values."""
    return f"in [{', '.join(map(quote, values))}]"


def below(places: Iterable[str]) -> str:
    """Return an expression for images at some paths or below some folders.

    For very many paths it covers their folders, and may match more images.

    Paths are compared instead of matched with ``like``, which treats ``_`` and ``%`` differently in
    each version of Milvus.
    """
    folders = _outermost(places)
    while len(folders) > MOST_FOLDERS:
        folders = _outermost(os.path.dirname(folder) for folder in folders)  # noqa: PTH120
    return EVERYTHING if "" in folders else " or ".join(map(_below, folders))


def begins(text: str) -> str:
    """Return an expression for paths that begin with a text, by comparison, see ``below``."""
    first = to_stored_path(text)
    after = first[:-1] + chr(ord(first[-1]) + 1)  # the next text in order that does not begin so
    return f"path >= {quote(first)} and path < {quote(after)}"


def sample_expression(most: int, count: int) -> str:
    """Return an expression for a pseudo-random sample of about ``most`` of ``count`` rows."""
    return f"draw < {DRAWS * most // count}" if count > most else EVERYTHING


def _below(folder: str) -> str:
    """Return an expression for all paths from ``folder/`` to ``folder0``, its successor."""
    within = begins(os.path.join(folder, ""))  # noqa: PTH118
    return f"path == {quote(to_stored_path(folder))} or ({within})"


def _outermost(folders: Iterable[str]) -> list[str]:
    """Return the folders that are below none of the others."""
    found: list[str] = []
    for folder in sorted(set(folders), key=lambda each: Path(each).parts):
        if not found or not folder.startswith(os.path.join(found[-1], "")):  # noqa: PTH118
            found.append(folder)
    return found


_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition of a filter.

    Args:
        expression: the part that Milvus evaluates; empty if there is none.
        patterns: one of them must match the path; none if the expression is sufficient.
    """

    expression: str
    patterns: tuple[re.Pattern[str], ...] = ()

    @classmethod
    def of(cls, where: Filter | None) -> Self:
        """Return the condition of a filter."""
        if where is None:
            return cls("")
        globs = [_Glob.of(each) for each in where.within]
        rest = () if all(each.is_whole for each in globs) else tuple(each.pattern for each in globs)
        return cls(" and ".join(filter(None, [*_expressions(where), _any(globs)])), rest)

    def ids(self, server: "Server", name: str) -> Ids:
        """Return the ids of all images that match: int64 ``(n,)``, ascending."""
        fields = ("path",) if self.patterns else ()
        found: list[int] = []
        for some in server.iterate(name, self.expression, fields, size=16_000):
            found += [row[KEY] for row in some if self._matches(row.get("path", ""))]
        return np.array(found, dtype=np.int64)

    def _matches(self, stored: str) -> bool:
        path = path_of(stored)
        return not self.patterns or any(each.fullmatch(path) for each in self.patterns)


@dataclass(frozen=True, slots=True)
class _Glob:
    """A pattern of paths: its expression, whether that is sufficient, and itself compiled."""

    expression: str
    is_whole: bool
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, glob: str) -> Self:
        absolute = _absolute(glob)
        if absolute is None:
            return cls("", is_whole=False, pattern=compile_glob(f"**/{glob.removeprefix('./')}"))
        pattern, wild = compile_glob(absolute), _WILD.search(absolute)
        if wild is None:
            return cls(
                begins(absolute) if absolute.endswith("/") else below([absolute]), True, pattern
            )
        plain, rest = absolute[: wild.start()], absolute[wild.start() :]
        return cls(begins(plain), rest == "**" and plain.endswith("/"), pattern)


def _absolute(glob: str) -> str | None:
    """Return an absolute pattern, or None if a pattern is relative."""
    if is_url(glob):
        return plain_glob(glob)
    if not os.path.isabs(os.path.expanduser(glob)):  # noqa: PTH111, PTH117
        return None
    return real(glob) + ("/" if glob.endswith("/") else "")


def _any(globs: list[_Glob]) -> str:
    """Return an expression that one of them may match; empty if one may match anything."""
    if not all(each.expression for each in globs):
        return ""
    return " or ".join(f"({each.expression})" for each in globs).join("()") if globs else ""


def _expressions(where: Filter) -> list[str]:
    bounds = (
        ("mtime_ns >=", nanoseconds(where.after)),
        ("mtime_ns <", nanoseconds(where.before)),
        ("bytes >=", where.larger),
        ("bytes <", where.smaller),
    )
    tags = [f"array_contains(tags, {quote(tag)})" for tag in where.tags]
    return [*tags, *(f"{name} {bound}" for name, bound in bounds if bound is not None)]


Consistency = Literal["Strong", "Session", "Bounded"]

_OWN_SECONDS = 10.0
"""Seconds for which a process makes sure to see its write; ``Bounded`` reads lag by 5 s."""


class ConsistencyTracker:
    """The writes of this process on one server, as long as reads may not see them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wrote: dict[str, float] = {}
        self._removals: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()

    def record_write(self, name: str) -> None:
        """Record that rows of a collection were written."""
        self._wrote[name] = time.monotonic()

    def record_removal(self, name: str) -> None:
        """Record that rows of a collection were removed."""
        with self._lock:
            self._removals[name] += 1

    def removals(self, name: str) -> int:
        """Return the number of removals so far, for ``record_read``."""
        return self._removals[name]

    def record_read(self, name: str, removals: int) -> None:
        """Record that a read that sees everything began after so many removals."""
        with self._lock:
            self._seen[name] = max(removals, self._seen[name])

    def level(self, name: str) -> Consistency:
        """Return the level at which this process sees its own writes and all older ones.

        The first read sees everything, so that a command sees the results of the previous one.
        After a write ``Session`` is enough; after a removal, for which Milvus 2.3 returns no
        timestamp, the next read sees everything again.
        """
        if name not in self._seen or self._removals[name] > self._seen[name]:
            return "Strong"
        is_new = time.monotonic() - self._wrote.get(name, -_OWN_SECONDS) < _OWN_SECONDS
        return "Session" if is_new else "Bounded"


@cache
def consistency_of(server: str) -> ConsistencyTracker:  # noqa: ARG001, the key of the cache
    """Return the tracker of a server, which all connections of this process share."""
    return ConsistencyTracker()


Query = Callable[[str, Sequence[str], int | None, Consistency | None], list[Row]]
"""Returns rows by an expression, fields, a limit (None for all) and a consistency level."""

Count = Callable[[str, Consistency | None], int]
"""Returns the number of rows by an expression and a consistency level."""

_CHEAP: Consistency = "Bounded"
"""The level of queries that only determine how rows are read; it never waits."""
_REPEATED: Sequence[Consistency] = ("Strong", "Strong", "Strong")
_LONGEST = 2
"""A range has at most so many times the requested number of rows."""
_AHEAD = 8
"""Number of ranges that one query proposes."""
_ANY = f"{KEY} > -9223372036854775807"
"""Matches every row; Milvus 2.3 rejects an empty expression without a limit."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reader of the rows of one Milvus collection.

    Args:
        query: runs a query; with a limit, for the smallest ids.
        count: counts rows.
        location: location of the collection, for messages.
    """

    query: Query
    count: Count
    location: str

    def rows(
        self, where: str, fields: Sequence[str], level: Consistency | None, expected: int
    ) -> list[Row]:
        """Return all rows that match an expression, in no order.

        Args:
            where: the expression.
            fields: the fields to read, in addition to the id.
            level: level of consistency.
            expected: expected number of rows; if there are fewer, the server counts the others.

        Raises:
            ServerError: the server counts rows that it does not return.
        """
        counted_at = _CHEAP
        for each in (level, *_REPEATED):
            found = self.query(where or _ANY, [KEY, *fields], None, each)
            if len(found) >= expected or not self.count(_except(where, found), counted_at):
                return found
            counted_at = "Strong"
        raise ServerError(
            f"{self.location} does not return all of its rows: {len(found):,} of {expected:,} or "
            "more are returned. Do this again; if it happens again, restart the server."
        )

    def ranges(self, where: str, after: Key | None, size: int) -> Iterator[tuple[str, int]]:
        """Split the rows that match an expression into ranges of ids, ascending.

        Together they match every row after ``after``: each begins where the previous one ended,
        and the last has no end.

        Returns:
            Expressions of about ``size`` rows, at most twice as many, and their numbers of rows.
        """
        while (left := self.count(_range(where, after), _CHEAP)) > _LONGEST * size:
            ends = self._ends(_range(where, after), size)
            if not ends:
                break
            for end in ends:
                yield from self._range(where, after, end, size)
                after = end
        yield _range(where, after), left

    def _ends(self, where: str, size: int) -> list[Key]:
        """Propose where the next ranges end, by the smallest ids."""
        most = min(_AHEAD * size, MOST_FOUND)
        ids = sorted(row[KEY] for row in self.query(where or _ANY, [KEY], most, _CHEAP))
        return ids[size - 1 :: size] or ids[-1:]

    def _range(
        self, where: str, after: Key | None, end: Key, size: int
    ) -> Iterator[tuple[str, int]]:
        """Yield one range, or several if the ids that proposed it were not the smallest."""
        count = self.count(_range(where, after, end), _CHEAP)
        if count > _LONGEST * size:
            found = self.rows(_range(where, after, end), (), _CHEAP, count)
            for some in batches(sorted(row[KEY] for row in found), size):
                if some[-1] != end:
                    yield _range(where, after, some[-1]), len(some)
                    after, count = some[-1], count - len(some)
        yield _range(where, after, end), count


def _except(where: str, rows: Sequence[Row]) -> str:
    """Return an expression that matches what another matches, without some rows."""
    others = f"{KEY} not {in_list(row[KEY] for row in rows)}" if rows else ""
    return _all_of(others, where=where)


def _range(where: str, after: Key | None, end: Key | None = None) -> str:
    """Return an expression that matches what another matches, from after an id up to an id."""
    bounds = ((">", after), ("<=", end))
    return _all_of(
        *(f"{KEY} {sign} {quote(key)}" for sign, key in bounds if key is not None), where=where
    )


def _all_of(*bounds: str, where: str) -> str:
    return " and ".join(filter(None, (*bounds, where and f"({where})")))
