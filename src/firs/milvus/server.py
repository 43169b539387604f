"""A Milvus server: what is kept on it is read, searched and written here, from any thread."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import partial
from operator import itemgetter
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from firs.milvus.address import Address
from firs.milvus.admin import MilvusAdmin
from firs.milvus.fields import KEY, MOST_FOUND, Key, Row
from firs.milvus.reading import Consistency, Reader, freshness_of, in_list
from firs.milvus.retry import Act, RetryingClient
from firs.storage.records import batches

ROWS_AT_ONCE = 2_000
_BYTES_AT_ONCE = 4 << 20
"""Far below what Milvus takes in one message (64 MB), and its queue in one piece (5 MB)."""


def fitting(rows: Collection[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The rows in parts that fit into messages."""
    part: list[dict[str, Any]] = []
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
    """About how many bytes a value takes in a message."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, list | tuple):
        return sum(map(_bytes, value))
    return len(json.dumps(value)) if isinstance(value, dict) else 8


Result = TypeVar("Result")

_KEYS_AT_ONCE = 4_000

_SMALLEST_IDS = {"iterator": "True", "reduce_stop_for_best": "True"}
"""What the iterators of pymilvus send; without it a query with a limit returns any rows."""


_QUERIES_AT_ONCE = 100
_RESULTS_AT_ONCE = 50_000
"""A request for more queries or results than that can take longer than a request may."""


class Hits(NamedTuple):
    """What one vector finds, the best first: ids ``(n,)``, scores float32 ``(n,)``, and rows."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]
    rows: list[Row]


class Server(MilvusAdmin):
    """A server, connected to when it is first called.

    A reading call ends within ``timeout``, with its answer or an error, a writing one within three
    times as long; those of a ``writer`` wait through a restart. What may pass (no one answers, it
    stalls, is overloaded or has not loaded a collection yet) is tried again with growing pauses; a
    refusal is raised at once.

    Searches and queries see all that this process wrote, and of others at least all but the last
    5 s; ``consistency="Strong"`` sees everything, and waits 0.2 s for it.

    Args:
        address: its address; the name of the collection in it does not matter here.
        timeout: seconds that a reading call takes at most.
        patience: seconds that a writer waits through a restart at most.

    Raises:
        MissingExtra: pymilvus is not installed; by the first call.
        ServerError: it is down, stalls or refuses; by every call.
        ServerFull: its disk, memory or quota is used up; by writing calls.
    """

    def __init__(self, address: Address, timeout: float = 10.0, patience: float = 180.0) -> None:
        self.address = address
        self._call = RetryingClient(address, timeout, patience)
        self._fresh = freshness_of(address.server)
        self._is_writer = False

    def writer(self) -> "Server":
        """The same server as one who writes much needs it, over the same connection.

        Its reading calls see everything that anybody wrote, and all its calls wait through a
        restart: no one sits in front of it.
        """
        other = copy(self)
        other._is_writer = True
        return other

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Server {self.address.server}>"

    def close(self) -> None:
        """Hang up."""
        self._call.close()

    def run(
        self, act: Act[Result], *, name: str = "", writes: bool = False, longest: float = 0.0
    ) -> Result:
        """Do with pymilvus's client what has no name here; see ``Calling``."""
        patient = self._is_writer
        return self._call(
            act, name=name, writes=writes or patient, patient=patient, longest=longest
        )

    def count(self, name: str, where: str = "", *, consistency: Consistency | None = None) -> int:
        """Count the rows that match an expression; all rows without one."""
        rows = self._ask(name, where, ["count(*)"], None, consistency)
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

        Of several ids one is left out only if the server counts no row of it; an answer for a
        single one has nothing that could be merged wrongly.

        Raises:
            ServerError: the server does not return all rows that it counts.
        """
        reader, found = self._reader(name), dict[Key, Row]()
        for some in batches(dict.fromkeys(ids), _KEYS_AT_ONCE):
            expected = len(some) if len(some) > 1 else 0
            for row in reader.rows(in_list(some), fields, consistency, expected):
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
        """The nearest rows to each vector.

        Args:
            name: of the collection.
            vectors: float32 ``(q, dim)``, or uint8 ``(q, dim / 8)`` of bits.
            k: how many, at most 16,384.
            where: an expression that the results must match.
            fields: the fields to return of each.
            params: of the index, such as ``{"ef": 200}``.
            consistency: see the class.

        Vectors are sent in parts that a server answers within the time of one request.
        """
        size = max(1, min(_QUERIES_AT_ONCE, _RESULTS_AT_ONCE // max(k, 1)))
        return [
            hits
            for start in range(0, len(vectors), size)
            for hits in self._search_part(
                name, vectors[start : start + size], k, where, fields, params, consistency
            )
        ]

    def _search_part(
        self,
        name: str,
        vectors: NDArray[Any],
        k: int,
        where: str,
        fields: Sequence[str],
        params: Mapping[str, Any] | None,
        consistency: Consistency | None,
    ) -> list[Hits]:
        data = [each.tobytes() for each in vectors] if vectors.dtype == np.uint8 else vectors

        def found(client: Any, timeout: float, level: str) -> Any:
            return client.search(
                name,
                data=list(data),
                filter=where,
                limit=min(k, MOST_FOUND),
                output_fields=list(fields),
                search_params={"params": dict(params or {})},
                anns_field="vector",
                consistency_level=level,
                timeout=timeout,
            )

        return [_hits(each, fields) for each in self._read(name, consistency, found)]

    def upsert(self, name: str, rows: Iterable[Row]) -> int:
        """Write rows, in the place of those of the same ids; return how many.

        It goes in parts, which are there for good one after the other. Done again it changes
        nothing.
        """
        total = 0
        for some in fitting({row[KEY]: row for row in rows}.values()):
            self.run(partial(_upsert, name, some), name=name, writes=True)
            self._fresh.record_write(name)
            total += len(some)
        return total

    def delete(self, name: str, ids: Iterable[Key]) -> None:
        """Remove rows by their ids; those that do not exist are no error."""
        for some in batches(ids, _KEYS_AT_ONCE):
            self.run(partial(_delete, name, in_list(some)), name=name, writes=True)
            self._fresh.record_removal(name)

    def delete_where(self, name: str, where: str) -> int:
        """Remove all rows that match an expression; return how many.

        They are looked up first: Milvus itself would pass over what was written just before.
        """
        total = 0
        for rows in self.iterate(name, where, consistency="Strong"):
            self.delete(name, [row[KEY] for row in rows])
            total += len(rows)
        return total

    def _reader(self, name: str) -> Reader:
        return Reader(
            ask=partial(self._ask, name),
            count=lambda where, level: self.count(name, where, consistency=level),
            location=f"{self.address.server}/{name}",
        )

    def _ask(
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
        """Read a collection as a writer must, as requested, or with what this process wrote."""
        removals = self._fresh.removals(name)
        level = consistency or ("Strong" if self._is_writer else self._fresh.own(name))
        found = self.run(lambda client, timeout: read(client, timeout, level), name=name)
        if level == "Strong":
            self._fresh.saw(name, removals)
        return found


def _upsert(name: str, rows: list[Row], client: Any, timeout: float) -> None:
    client.upsert(name, rows, timeout=timeout)


def _delete(name: str, where: str, client: Any, timeout: float) -> None:
    client.delete(name, filter=where, timeout=timeout)


def _hits(found: Any, fields: Sequence[str]) -> Hits:
    rows = [{name: hit["entity"].get(name) for name in fields} for hit in found] if fields else []
    return Hits(np.array(found.ids, np.int64), np.array(found.distances, np.float32), rows)
