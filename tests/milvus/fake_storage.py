"""One collection of the fake Milvus: its rows, which of them a reader sees, and exact search.

What is written is pending at first. A reading sees what its consistency level guarantees, and no
more: ``Strong`` everything, ``Session`` all up to the reader's own last upsert (Milvus 2.3 gives no
time of a deletion, so ``Session`` does not wait for one), ``Bounded`` only what some reading saw
before, or what was settled.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.milvus.fake_expressions import Test, parse

Key = int | str
Row = dict[str, Any]

KEY = "id"
EVERYTHING = "Strong"
LEVELS = (EVERYTHING, "Session", "Bounded")
_LONGEST_JSON = 65_536


class RowError(ValueError):
    """Milvus would not take this row."""


@dataclass(frozen=True, slots=True)
class FakeField:
    """A field as ``pymilvus.FieldSchema`` has it."""

    name: str
    type: str
    params: Mapping[str, Any]
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class FakeIndex:
    """An index over one vector field; its parameters are texts, as Milvus returns them."""

    type: str
    metric: str
    params: Mapping[str, str]


class Write(NamedTuple):
    """A row that was written, or without one a key that was deleted."""

    key: Key
    row: Row | None
    segment: int
    writer: str


class Found(NamedTuple):
    """What one query vector found: keys and scores, the best first."""

    keys: list[Key]
    scores: list[float]


@dataclass
class FakeCollection:
    """A collection.

    Args:
        name: its name.
        number: unique over all collections that there were.
        description: as it was given.
        fields: by name.
        segments: over how many segments its rows are spread, one after the other.
        shards: over how many channels they are written.
    """

    name: str
    number: int
    description: str
    fields: Mapping[str, FakeField]
    segments: int = 1
    shards: int = 1
    is_loaded: bool = False
    indexes: dict[str, FakeIndex] = field(default_factory=dict)
    pending: list[Write] = field(default_factory=list)
    _visible: dict[Key, tuple[int, Row]] = field(default_factory=dict)
    _written: int = 0

    def upsert(self, rows: Sequence[Mapping[str, Any]], writer: str) -> None:
        """Write rows in the place of those with the same keys."""
        checked = [self._checked(row) for row in rows]
        for row in checked:
            self.pending.append(Write(row[KEY], row, self._written % self.segments, writer))
            self._written += 1

    def delete(self, keys: Collection[Key], writer: str) -> None:
        """Remove rows by their keys; those that do not exist are no error."""
        self.pending += [Write(key, None, 0, writer) for key in keys]

    def settle(self) -> None:
        """Let every reader see what was written so far."""
        self.see(EVERYTHING, "")

    def see(self, level: str, reader: str) -> None:
        """Make visible what a reading of this level must see."""
        count = len(self.pending) if level == EVERYTHING else 0
        if level == "Session":
            own = [n for n, each in enumerate(self.pending) if each.writer == reader and each.row]
            count = own[-1] + 1 if own else 0
        for key, row, segment, _ in self.pending[:count]:
            self._visible.pop(key, None)
            if row is not None:
                self._visible[key] = segment, row
        del self.pending[:count]

    def count(self, expression: str) -> int:
        """Return how many visible rows pass an expression."""
        return len(self._passing(expression))

    def query(self, expression: str, limit: int | None, *, stops_early: bool) -> list[Row]:
        """Return visible rows that pass an expression: all without a limit, in no order.

        With one, and ``stops_early``, it merges the segments as Milvus 2.3.5 does with the
        parameter ``reduce_stop_for_best``: by ascending key, and only until one segment has no
        more rows, whatever the others have. Without ``stops_early`` any rows come.
        """
        segments: dict[int, list[Row]] = {}
        for segment, row in sorted(self._passing(expression), key=_by_key, reverse=not stops_early):
            segments.setdefault(segment, []).append(row)
        parts = [part[:limit] for part in segments.values()]
        rows = [row for part in parts for row in part]
        if stops_early and parts:
            shortest = min(part[-1][KEY] for part in parts)
            rows = sorted((row for row in rows if row[KEY] <= shortest), key=itemgetter(KEY))
        return rows[:limit]

    def search(
        self, name: str, queries: Sequence[Any], expression: str, limit: int
    ) -> list[tuple[Found, list[Row]]]:
        """Return what is nearest to each query; of equal scores the higher key comes first."""
        index = self.indexes[name]
        rows = sorted(
            (row for _, row in self._passing(expression)), key=lambda row: row[KEY], reverse=True
        )
        found = []
        for query in queries:
            scores = _SCORES[index.metric](query, [row[name] for row in rows])
            falls = index.metric != "HAMMING"
            order = np.argsort(-scores if falls else scores, kind="stable")[:limit].tolist()
            best = [rows[at] for at in order]
            keys, values = [row[KEY] for row in best], [float(scores[at]) for at in order]
            found.append((Found(keys, values), best))
        return found

    def parse(self, expression: str) -> Test:
        """Return the test of an expression over this collection's fields."""
        return parse(expression, {each.name: each.type for each in self.fields.values()})

    def _passing(self, expression: str) -> list[tuple[int, Row]]:
        test = self.parse(expression)
        return [each for each in self._visible.values() if test(each[1])]

    def _checked(self, row: Mapping[str, Any]) -> Row:
        if set(row) != set(self.fields):
            differing = sorted(set(row) ^ set(self.fields))
            raise RowError(f"fields {differing} are missing, or not of the schema")
        return {
            name: _CHECKS[each.type](row[name], each.params) for name, each in self.fields.items()
        }


def _by_key(stored: tuple[int, Row]) -> Key:
    key: Key = stored[1][KEY]
    return key


def _integer(value: Any, params: Mapping[str, Any]) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral) or abs(int(value)) >= 1 << 63:
        raise RowError(f"{value!r} is no INT64")
    return int(value)


def _double(value: Any, params: Mapping[str, Any]) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise RowError(f"{value!r} is no DOUBLE")
    return float(value)


def _text(value: Any, params: Mapping[str, Any]) -> str:
    if not isinstance(value, str):
        raise RowError(f"{value!r} is no VARCHAR")
    if len(value.encode()) > params["max_length"]:  # raises where it is not UTF-8
        raise RowError(f"a text of {len(value.encode())} bytes exceeds {params['max_length']}")
    return value


def _array(value: Any, params: Mapping[str, Any]) -> list[str]:
    if not isinstance(value, list) or len(value) > params["max_capacity"]:
        raise RowError(f"no ARRAY of at most {params['max_capacity']} elements: {value!r}")
    return [_text(each, params) for each in value]


def _json(value: Any, params: Mapping[str, Any]) -> Any:
    body = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict) or len(body.encode()) > _LONGEST_JSON:
        raise RowError(f"no JSON object of at most {_LONGEST_JSON} bytes: {body[:60]}")
    return json.loads(body)


def _floats(value: Any, params: Mapping[str, Any]) -> NDArray[np.float32]:
    vector = np.array(value, dtype=np.float32)
    if vector.shape != (params["dim"],) or not np.isfinite(vector).all():
        raise RowError(f"no FLOAT_VECTOR of {params['dim']} dimensions: shape {vector.shape}")
    return vector


def _bits(value: Any, params: Mapping[str, Any]) -> bytes:
    if not isinstance(value, bytes) or 8 * len(value) != params["dim"]:
        raise RowError(f"no BINARY_VECTOR of {params['dim']} bits")
    return value


_CHECKS: Mapping[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "INT64": _integer,
    "DOUBLE": _double,
    "VARCHAR": _text,
    "ARRAY": _array,
    "JSON": _json,
    "FLOAT_VECTOR": _floats,
    "BINARY_VECTOR": _bits,
}


def _cosines(query: Any, vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    matrix, one = _stacked(query, vectors)
    lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(one)
    return _float32((matrix @ one) / np.where(lengths == 0, 1, lengths))


def _products(query: Any, vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    matrix, one = _stacked(query, vectors)
    return _float32(matrix @ one)


def _distances(query: Any, codes: Sequence[bytes]) -> NDArray[np.float32]:
    if not isinstance(query, bytes):
        raise RowError("a query of bits must be bytes")
    matrix = np.frombuffer(b"".join(codes), np.uint8).reshape(len(codes), len(query))
    one = np.frombuffer(query, np.uint8)
    return _float32(np.unpackbits(matrix ^ one, axis=1).sum(axis=1))


def _stacked(
    query: Any, vectors: Sequence[NDArray[np.float32]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    one = np.array(query, dtype=np.float32)
    return np.array(vectors, dtype=np.float32).reshape(len(vectors), len(one)), one


def _float32(values: Any) -> NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32)


_SCORES: Mapping[str, Callable[[Any, Sequence[Any]], NDArray[np.float32]]] = {
    "COSINE": _cosines,
    "IP": _products,
    "HAMMING": _distances,
}
