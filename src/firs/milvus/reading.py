"""Complete reads of a collection of Milvus, however many segments hold its rows.

A query with a limit is no way to read all rows. Milvus 2.3 returns any rows up to the limit, or,
with the parameters of its iterators, the smallest ids; but then it stops merging as soon as one
segment has no further row, so that fewer rows than the limit may come though there are more. A
query without a limit returns every row that matches its expression. So rows are only ever read
without a limit, from ranges of ids that are short enough. Queries with a limit do no more than
propose where a range may end, which decides how long it is, never which rows are returned.

Every answer is compared with how many rows there should be, and where fewer came, the server is
made to count rows with other ids. If it has some, the query is repeated and then refused, so that
a caller gets all rows or an error.
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
"""How long after a write its own process takes care to see it; ``Bounded`` is 5 s behind."""


class ConsistencyTracker:
    """What this process wrote on one server, for as long as others may not see it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wrote: dict[str, float] = {}
        self._removals: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()

    def record_write(self, name: str) -> None:
        """Rows of a collection were written."""
        self._wrote[name] = time.monotonic()

    def record_removal(self, name: str) -> None:
        """Rows of a collection were removed."""
        with self._lock:
            self._removals[name] += 1

    def removals(self, name: str) -> int:
        """Return the number of removals so far, for ``saw``."""
        return self._removals[name]

    def saw(self, name: str, removals: int) -> None:
        """A reading that sees everything began after so many removals."""
        with self._lock:
            self._seen[name] = max(removals, self._seen[name])

    def own(self, name: str) -> Consistency:
        """Return the level at which this process sees all its own writes and everything older.

        The first read sees everything, so that a command sees the results of the one before it.
        After a write ``Session`` is enough; after a removal, for which Milvus 2.3 reports no time,
        the next read sees everything again.
        """
        if name not in self._seen or self._removals[name] > self._seen[name]:
            return "Strong"
        is_new = time.monotonic() - self._wrote.get(name, -_OWN_SECONDS) < _OWN_SECONDS
        return "Session" if is_new else "Bounded"


@cache
def freshness_of(server: str) -> ConsistencyTracker:  # noqa: ARG001, told apart by the cache
    """What this process wrote on a server, by whichever connection."""
    return ConsistencyTracker()


Ask = Callable[[str, Sequence[str], int | None, Consistency | None], list[Row]]
"""An expression, fields, how many rows at most (None for all) and a consistency level → rows."""

Count = Callable[[str, Consistency | None], int]
"""An expression and a consistency level → how many rows it holds for."""

_CHEAP: Consistency = "Bounded"
"""The level of what only decides how rows are read; it waits for nothing."""
_REPEATED: Sequence[Consistency] = ("Strong", "Strong", "Strong")
_LONGEST = 2
"""A range has at most so many times as many rows as asked for."""
_AHEAD = 8
"""Ranges that one query proposes."""
_ANY = f"{KEY} > -9223372036854775807"
"""Holds for every row; Milvus 2.3 takes no empty expression without a limit."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the rows of one collection of Milvus.

    Args:
        ask: runs a query; with a limit it is one for the smallest ids.
        count: counts rows.
        location: of the collection, for messages.
    """

    ask: Ask
    count: Count
    location: str

    def rows(
        self, where: str, fields: Sequence[str], level: Consistency | None, expected: int
    ) -> list[Row]:
        """Return all rows that match an expression, in no order.

        Args:
            where: the expression.
            fields: of the rows; the id is always one.
            level: of consistency.
            expected: how many rows there may be; if fewer come, the server counts the others.

        Raises:
            ServerError: the server counts rows that it does not return.
        """
        counted_at = _CHEAP
        for each in (level, *_REPEATED):
            found = self.ask(where or _ANY, [KEY, *fields], None, each)
            if len(found) >= expected or not self.count(_except(where, found), counted_at):
                return found
            counted_at = "Strong"
        raise ServerError(
            f"{self.location} does not return all of its rows: {len(found):,} of {expected:,} or "
            "more came. Do this again; if it happens again, restart the server."
        )

    def ranges(self, where: str, after: Key | None, size: int) -> Iterator[tuple[str, int]]:
        """Split the rows that match an expression into ranges of ids, ascending.

        Together they hold for every row after ``after``: each begins where the last one ended, and
        the last has no end.

        Returns:
            Expressions of about ``size`` rows, at most twice as many, and how many rows there are.
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
        ids = sorted(row[KEY] for row in self.ask(where or _ANY, [KEY], most, _CHEAP))
        return ids[size - 1 :: size] or ids[-1:]

    def _range(
        self, where: str, after: Key | None, end: Key, size: int
    ) -> Iterator[tuple[str, int]]:
        """One range, or several where the ids that proposed it were not the smallest."""
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
