"""A Milvus server: reading, searching and writing rows of its collections, from any thread."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from firs.milvus.address import Address
from firs.milvus.admin import MilvusAdmin
from firs.milvus.queries import Consistency, Reader, consistency_of, in_list
from firs.milvus.schema import KEY, MOST_FOUND, Key, Row
from firs.storage.records import batches

Result = TypeVar("Result")

ROWS_AT_ONCE = 2_000
_BYTES_AT_ONCE = 4 << 20
"""Far below what Milvus accepts in one message (64 MB), and its queue in one piece (5 MB)."""

_KEYS_AT_ONCE = 4_000

_QUERIES_AT_ONCE, _RESULTS_AT_ONCE = 100, 50_000
"""A request for more queries or results can take longer than its timeout."""

_SMALLEST_IDS = {"iterator": "True", "reduce_stop_for_best": "True"}
"""Parameters of pymilvus's iterators; without them a query with a limit returns any rows."""


def split_rows(rows: Collection[Row]) -> Iterator[list[Row]]:
    """Yield the rows in parts that fit into messages."""
    part: list[Row] = []
    size = 0
    for row in rows:
        more = sum(map(_bytes, row.values()))
        if part and (size + more > _BYTES_AT_ONCE or len(part) >= ROWS_AT_ONCE):
            yield part
            part, size = [], 0
        part.append(row)
        size += more
    if part:
        yield part


def _bytes(value: Any) -> int:
    """Return about how many bytes a value needs in a message."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, list | tuple):
        return sum(map(_bytes, value))
    return len(json.dumps(value)) if isinstance(value, dict) else 8


class Hits(NamedTuple):
    """The results of one query vector, best first: ids ``(n,)``, scores float32 ``(n,)``, rows."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]
    rows: list[Row]


class Server(MilvusAdmin):
    """The rows of a server's collections.

    A reading call ends within ``timeout``, with a result or an error, a writing one within three
    times as long; those of a ``writer`` wait through a restart. Temporary errors (the server does
    not answer, stalls, is overloaded or has not loaded a collection yet) are retried with growing
    pauses; other errors are raised at once.

    Searches and queries see all writes of this process, and those of others except from the last
    5 s; ``consistency="Strong"`` sees all, and takes 0.2 s longer.

    Args:
        address: its address; the name of the collection in it does not matter here.
        timeout: maximum duration of a reading call, in seconds.
        patience: maximum time that a writer waits through a restart, in seconds.

    Raises:
        MissingExtra: pymilvus is not installed; by the first call.
        ServerError: the server is down, stalls or rejects the request; by every call.
        ServerFull: its disk, memory or quota is used up; by writing calls.
    """

    def __init__(self, address: Address, timeout: float = 10.0, patience: float = 180.0) -> None:
        super().__init__(address, timeout, patience)
        self._consistency = consistency_of(address.server)

    def count(self, name: str, where: str = "", *, consistency: Consistency | None = None) -> int:
        """Count the rows that match an expression; all rows without one."""
        rows = self._run_query(name, where, ["count(*)"], None, consistency)
        return int(rows[0]["count(*)"])

    def query(
        self,
        name: str,
        where: str = "",
        fields: Sequence[str] = (KEY,),
        limit: int | None = None,
        *,
        consistency: Consistency | None = None,
    ) -> list[Row]:
        """Return the rows that match an expression, by ascending id: all, or the first few.

        Raises:
            ServerError: the server does not return all rows that it counts.
        """
        found: list[Row] = []
        size = ROWS_AT_ONCE if limit is None else min(limit, ROWS_AT_ONCE)
        for some in self.iterate(name, where, fields, size=size, consistency=consistency):
            found += some
            if limit is not None and len(found) >= limit:
                return found[:limit]
        return found

    def iterate(
        self,
        name: str,
        where: str = "",
        fields: Sequence[str] = (KEY,),
        *,
        size: int = ROWS_AT_ONCE,
        after: Key | None = None,
        consistency: Consistency | None = None,
    ) -> Iterator[list[Row]]:
        """Yield the rows that match an expression, by ascending id, in parts.

        Rows that are written or removed in the meantime may or may not be in a part that is read
        later.

        Args:
            name: name of the collection; one with text ids needs an expression.
            where: the expression.
            fields: of the rows.
            size: rows of a part, about; at most twice as many.
            after: an id; rows up to it are left out.
            consistency: see the class.

        Raises:
            ServerError: the server does not return all rows that it counts.
        """
        if size < 1:
            return
        reader = self._reader(name)
        for part, expected in reader.ranges(where, after, size):
            if rows := reader.rows(part, fields, consistency, expected):
                yield sorted(rows, key=itemgetter(KEY))

    def get(
        self,
        name: str,
        ids: Iterable[Key],
        fields: Sequence[str] = (KEY,),
        *,
        consistency: Consistency | None = None,
    ) -> dict[Key, Row]:
        """Return rows by their ids, without those that do not exist.

        An id is omitted only if the server counts no row with it, unless it is the only one: a
        single row cannot be lost when results of segments are merged.

        Raises:
            ServerError: the server does not return all rows that it counts.
        """
        reader, found = self._reader(name), dict[Key, Row]()
        for some in batches(dict.fromkeys(ids), _KEYS_AT_ONCE):
            expected = len(some) if len(some) > 1 else 0
            for row in reader.rows(f"{KEY} {in_list(some)}", fields, consistency, expected):
                found[row[KEY]] = row
        return found

    def search(
        self,
        name: str,
        vectors: NDArray[Any],
        k: int,
        where: str = "",
        fields: Sequence[str] = (),
        *,
        params: Mapping[str, Any] | None = None,
        consistency: Consistency | None = None,
    ) -> list[Hits]:
        """Return the nearest rows to each vector.

        Args:
            name: name of the collection.
            vectors: float32 ``(q, dim)``, or uint8 ``(q, dim / 8)`` of binary codes; they are sent
                in parts, each of which a server processes within the timeout.
            k: number of results, at most 16,384.
            where: an expression that the results must match.
            fields: the fields to return of each.
            params: search parameters of the index, such as ``{"ef": 200}``.
            consistency: see the class.
        """

        def find(data: list[Any], client: Any, timeout: float, level: str) -> Any:
            return client.search(
                name,
                data=data,
                filter=where,
                limit=min(k, MOST_FOUND),
                output_fields=list(fields),
                search_params={"params": dict(params or {})},
                anns_field="vector",
                consistency_level=level,
                timeout=timeout,
            )

        data = [each.tobytes() if vectors.dtype == np.uint8 else each for each in vectors]
        size = max(1, min(_QUERIES_AT_ONCE, _RESULTS_AT_ONCE // max(k, 1)))
        return [
            _hits(hits, fields)
            for part in batches(data, size)
            for hits in self._read(name, consistency, partial(find, part))
        ]

    def upsert(self, name: str, rows: Iterable[Row]) -> int:
        """Write rows, replacing those with the same ids; return their number.

        They are written in parts, each of which is durable when the next begins. Repeating it
        changes nothing.
        """
        total = 0
        for some in split_rows({row[KEY]: row for row in rows}.values()):
            self.run(partial(_upsert, name, some), name=name, writes=True)
            self._consistency.record_write(name)
            total += len(some)
        return total

    def delete(self, name: str, ids: Iterable[Key]) -> None:
        """Remove rows by their ids; unknown ids are ignored."""
        for some in batches(ids, _KEYS_AT_ONCE):
            self.run(partial(_delete, name, f"{KEY} {in_list(some)}"), name=name, writes=True)
            self._consistency.record_removal(name)

    def delete_where(self, name: str, where: str) -> int:
        """Remove all rows that match an expression; return their number.

        They are looked up first, because Milvus would overlook rows that were just written.
        """
        total = 0
        for rows in self.iterate(name, where, consistency="Strong"):
            self.delete(name, [row[KEY] for row in rows])
            total += len(rows)
        return total

    def _reader(self, name: str) -> Reader:
        return Reader(
            query=partial(self._run_query, name),
            count=lambda where, level: self.count(name, where, consistency=level),
            location=f"{self.address.server}/{name}",
        )

    def _run_query(
        self,
        name: str,
        where: str,
        fields: Sequence[str],
        limit: int | None,
        consistency: Consistency | None,
    ) -> list[Row]:
        """Run one query; with a limit it may return fewer rows than there are, see ``Reader``."""
        sized = {} if limit is None else {"limit": limit} | _SMALLEST_IDS

        def rows(client: Any, timeout: float, level: str) -> list[Row]:
            found = client.query(
                name,
                filter=where,
                output_fields=list(dict.fromkeys(fields)),
                consistency_level=level,
                timeout=timeout,
                **sized,
            )
            return [dict(each) for each in found]

        return self._read(name, consistency, rows)

    def _read(
        self, name: str, consistency: Consistency | None, read: Callable[[Any, float, str], Result]
    ) -> Result:
        """Read at the requested level of consistency; by default see what this process wrote."""
        removals = self._consistency.removals(name)
        level = consistency or ("Strong" if self._is_writer else self._consistency.level(name))
        found = self.run(lambda client, timeout: read(client, timeout, level), name=name)
        if level == "Strong":
            self._consistency.record_read(name, removals)
        return found


def _upsert(name: str, rows: list[Row], client: Any, timeout: float) -> None:
    client.upsert(name, rows, timeout=timeout)


def _delete(name: str, where: str, client: Any, timeout: float) -> None:
    client.delete(name, filter=where, timeout=timeout)


def _hits(found: Any, fields: Sequence[str]) -> Hits:
    rows = [{name: hit["entity"].get(name) for name in fields} for hit in found] if fields else []
    return Hits(np.array(found.ids, np.int64), np.array(found.distances, np.float32), rows)
