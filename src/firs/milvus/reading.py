"""Complete reads of a Milvus collection, whatever the number of its segments.

A query with a limit cannot read all rows. Milvus 2.3 returns any rows up to the limit, or, with the
parameters of its iterators, those with the smallest ids; but then it stops merging when one segment
has no further row, so fewer rows than the limit may be returned although there are more. A query
without a limit returns every row that matches its expression. So rows are always read without a
limit, from ranges of ids that are short enough. Queries with a limit only propose where a range may
end, which determines its length, never which rows are returned.

The number of returned rows is compared with the expected one. If it is lower, the server counts the
rows with other ids. If there are some, the query is repeated and finally fails, so that a caller
gets all rows or an error.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from firs.errors import ServerError
from firs.milvus.schema import KEY, MOST_FOUND, Key, Row
from firs.storage.records import batches

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


def in_list(keys: Sequence[Key]) -> str:
    """Return an expression that matches some ids."""
    return f"{KEY} in {_listed(keys)}"


def _except(where: str, rows: Sequence[Row]) -> str:
    """Return an expression that matches what another matches, without some rows."""
    others = f"{KEY} not in {_listed([row[KEY] for row in rows])}" if rows else ""
    return _all_of(others, where)


def _range(where: str, after: Key | None, end: Key | None = None) -> str:
    """Return an expression that matches what another matches, from after an id up to an id."""
    bounds = ((">", after), ("<=", end))
    return _all_of(
        *(f"{KEY} {sign} {_literal(key)}" for sign, key in bounds if key is not None), where
    )


def _all_of(*expressions: str) -> str:
    *bounds, where = expressions
    return " and ".join(filter(None, (*bounds, where and f"({where})")))


def _listed(keys: Sequence[Key]) -> str:
    return f"[{', '.join(map(_literal, keys))}]"


def _literal(key: Key) -> str:
    return json.dumps(key if isinstance(key, str) else int(key), ensure_ascii=False)
