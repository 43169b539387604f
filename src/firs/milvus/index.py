"""The index of one encoder's embeddings on a Milvus server, which finds the nearest.

It searches a Milvus collection with one row per embedding, by Milvus's index of its vectors, or by
our binary codes in another Milvus collection (see ``firs.milvus.ann_index``).

Milvus returns at most 16,384 rows per search. For more, the entries are searched in parts by a
random number of each entry: each part contains its share of the best.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError, ServerError
from firs.index.base import Ids, Scores, check_queries, unit_rows
from firs.milvus.index_kinds import FLAT, Bits, Kind, Params
from firs.milvus.schema import DRAWS, KEY, MOST_FOUND
from firs.milvus.server import Hits, Server

_MORE = 8
"""Number of additional results, to see where equal scores end."""
_A_PART = 12_000
"""Average number of results per part; far enough from ``MOST_FOUND``."""
_IDS_AT_ONCE = 8_000
"""Maximum number of ids in one expression."""

Found = tuple[Ids, Scores]
"""The results of one query: ids and scores ``(n,)``, best first, equal ones by id."""


@dataclass(frozen=True, slots=True)
class IndexConfig:
    """How the embeddings of an encoder are searched.

    Args:
        kind: the index kind.
        built: the parameters that it was built with.
        bits: the binary codes, for the kinds that search these.
    """

    kind: Kind = FLAT
    built: Params = field(default_factory=dict)
    bits: Bits | None = None


class MilvusIndex:
    """Search of entries on a server: see ``firs.index.Index``.

    Args:
        server: the connection.
        name: name of the Milvus collection.
        dim: dimension of the vectors.
        config: index configuration; default exact search.
        where: expression for the entries to search; default all.
    """

    def __init__(
        self,
        server: Server,
        name: str,
        dim: int,
        config: IndexConfig | None = None,
        where: str = "",
    ) -> None:
        self._server = server
        self._name = name
        self.dim = dim
        self._config = config or IndexConfig()
        self._where = where

    def __len__(self) -> int:
        return self._server.count(self._name, self._where)

    def search(
        self, queries: NDArray[np.float32], k: int, subset: Ids | None = None
    ) -> tuple[Ids, Scores]:
        """Return the ``k`` nearest entries of every query: see ``firs.index.Index.search``.

        Raises:
            InputError: a query is of another dimension, zero or not finite, or ``k`` is below 1.
            ServerError: the server is down, stalls or rejects the request.
        """
        unit = check_queries(queries, self.dim)
        if k < 1:
            raise InputError(f"k must be 1 or more, not {k}.")
        if not len(unit):
            return _stack([], k)
        found = self._search(unit, k, subset, far=False)
        if _fewest(found) < k and _fewest(found) < self._count(subset):
            found = self._search(unit, k, subset, far=True)
            self._require_all(_fewest(found), k, subset)
        return _stack(found, k)

    def search_by_text(
        self,
        query: NDArray[np.float32],
        text: NDArray[np.float32],
        count: int,
        subset: Ids | None = None,
    ) -> Found:
        """Return the ``count`` entries nearest to a query derived from a text.

        Binary codes are trained on texts, so their candidates are those nearest to the text.

        Args:
            query: float32 ``(dim,)``.
            text: float32 ``(dim,)``.
            count: number of results.
            subset: int64 ``(n,)``, ids of the entries to search; default all.

        Raises:
            ServerError: the server is down, stalls or rejects the request.
        """
        bits = self._config.bits
        if bits is None:
            [ids], [scores] = self.search(query[np.newaxis], count, subset)
            return ids, scores
        candidates = self.near(text[np.newaxis], bits.candidates(count), subset)
        found = self._rescore_on_server(query[np.newaxis], candidates, count)
        return found[0][:count], found[1][:count]

    def near(self, queries: NDArray[np.float32], count: int, subset: Ids | None = None) -> Ids:
        """Return the nearest entries of each query as one set, without rescoring.

        Args:
            queries: float32 ``(q, dim)``.
            count: number of results per query.
            subset: int64 ``(n,)``, ids of the entries to search; default all.

        Returns:
            Ids, int64 ``(n,)``, ascending.

        Raises:
            InputError: a query is of another dimension, zero or not finite.
            ServerError: the server is down, stalls or rejects the request.
        """
        unit = check_queries(queries, self.dim)
        found = [
            each.ids
            for where in self._parts(count, subset)
            for each in self._hits(unit, min(count, MOST_FOUND), where)
        ]
        return np.unique(np.concatenate([_NOTHING[0], *found]))

    def passing(self, ids: Ids) -> Ids:
        """Return the given entries that match the expression: int64 ``(n,)``, ascending."""
        found = [
            row[KEY]
            for where in self._parts(1, ids)
            for row in self._server.query(self._name, where)
        ]
        return np.unique(np.array(found, dtype=np.int64))

    def _count(self, subset: Ids | None) -> int:
        """Count the entries to search."""
        return sum(self._server.count(self._name, where) for where in self._parts(1, subset))

    def _require_all(self, found: int, k: int, subset: Ids | None) -> None:
        """Check that an exact index has found as many entries as there are."""
        if self._config.kind is FLAT and found < k and found < (count := self._count(subset)):
            raise ServerError(
                f"{self._server.address.server}/{self._name} finds {found:,} of {count:,} images. "
                "Search again; if it happens again, restart the server."
            )

    def _search(
        self, unit: NDArray[np.float32], k: int, subset: Ids | None, *, far: bool
    ) -> list[Found]:
        """Return the results of each query in all parts together."""
        parts = [self._in_part(unit, k, where, far=far) for where in self._parts(k, subset)]
        return [_best(found, k) for found in zip(*parts, strict=True)] or [_NOTHING] * len(unit)

    def _parts(self, k: int, subset: Ids | None) -> list[str]:
        """Return expressions that together match all entries to search."""
        if subset is not None:
            return [self._and(f"{KEY} in {some}") for some in self._id_lists(np.unique(subset))]
        if k + _MORE <= MOST_FOUND:
            return [self._where]
        count = ceil(min(k, len(self)) / _A_PART) or 1
        edges = [at * DRAWS // count for at in range(count + 1)]
        return [self._and(f"draw >= {low} and draw < {high}") for low, high in pairwise(edges)]

    @staticmethod
    def _id_lists(ids: Ids) -> Iterable[list[int]]:
        """Split ids into lists for one expression each."""
        return (ids[at : at + _IDS_AT_ONCE].tolist() for at in range(0, len(ids), _IDS_AT_ONCE))

    def _and(self, more: str) -> str:
        return f"({self._where}) and {more}" if self._where else more

    def _in_part(
        self, unit: NDArray[np.float32], k: int, where: str, *, far: bool
    ) -> Sequence[Found]:
        """Return the results of each query in the rows that match an expression.

        More are fetched while a tie reaches beyond the results.
        """
        count = min(k + _MORE, MOST_FOUND)
        while True:
            found = self._search_part(unit, count, where, far=far)
            if count == MOST_FOUND or not any(_has_tie(each, k, count) for each in found):
                return found
            count = min(4 * count, MOST_FOUND)

    def _search_part(
        self, unit: NDArray[np.float32], count: int, where: str, *, far: bool
    ) -> list[Found]:
        bits, kind = self._config.bits, self._config.kind
        candidates = count if bits is None else bits.candidates(count)
        hits = self._hits(unit, min(candidates * kind.rescored, MOST_FOUND), where, far=far)
        found = [each.ids for each in hits]
        if bits is not None:
            return [
                self._rescore_on_server(*each, count)
                for each in zip(unit[:, np.newaxis], found, strict=True)
            ]
        if kind.rescored > 1:
            return self._rescore(unit, found)
        return [_in_order(each.ids, each.scores) for each in hits]

    def _hits(
        self, unit: NDArray[np.float32], count: int, where: str, *, far: bool = False
    ) -> list[Hits]:
        """Return the server's results, with the scores of its index."""
        config, bits = self._config, self._config.bits
        params = config.kind.params(count, config.built, far=far)
        if bits is not None:
            codes = bits.of_queries(unit)
            return self._server.search(bits.name, codes, count, where, params=params)
        return self._server.search(self._name, unit, count, where, params=params)

    def _rescore_on_server(self, query: NDArray[np.float32], ids: Ids, count: int) -> Found:
        """Return the best candidates of a query ``(1, dim)``, scored by the server's vectors."""
        parts = [
            self._server.search(self._name, query, min(count, len(some)), f"{KEY} in {some}")[0]
            for some in self._id_lists(ids)
        ]
        return _best([_in_order(each.ids, each.scores) for each in parts] or [_NOTHING], count)

    def _rescore(self, unit: NDArray[np.float32], found: Sequence[Ids]) -> list[Found]:
        """Return the candidates of each query, scored by their vectors, which are fetched."""
        ids, rows = fetch_vectors(self._server, self._name, np.unique(np.concatenate(found)))
        if not len(ids):
            return [_NOTHING] * len(unit)
        rows = unit_rows(rows, "entry", ids)
        scored = []
        for query, each in zip(unit, found, strict=True):
            at = np.searchsorted(ids, each[np.isin(each, ids)])
            # Unlike a matrix product, this rounds equal rows equally.
            scored.append(_in_order(ids[at], np.einsum("nd,d->n", rows[at], query)))
        return scored


def fetch_vectors(server: Server, name: str, ids: Iterable[int]) -> tuple[Ids, NDArray[np.float32]]:
    """Return the embeddings of the given images that exist.

    Returns:
        Ids int64 ``(n,)``, ascending, and float32 ``(n, dim)``.
    """
    return stack_rows(server.get(name, [int(id_) for id_ in ids], ("vector",)).values())


def stack_rows(rows: Iterable[Any]) -> tuple[Ids, NDArray[np.float32]]:
    """Return the ids and vectors of rows as two arrays, by ascending id."""
    by_id = {int(row[KEY]): row["vector"] for row in rows}
    ids = sorted(by_id)
    if not ids:
        return np.empty(0, dtype=np.int64), np.empty((0, 0), dtype=np.float32)
    vectors = np.array([by_id[id_] for id_ in ids], dtype=np.float32)
    return np.array(ids, dtype=np.int64), vectors


_NOTHING: Found = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))


def _in_order(ids: Ids, scores: Scores) -> Found:
    scores = np.clip(scores, -1, 1).astype(np.float32)
    order = np.lexsort((ids, -scores))
    return ids[order].astype(np.int64), scores[order]


def _has_tie(found: Found, k: int, requested: int) -> bool:
    """Return whether more rows may have the score of the last requested one."""
    _, scores = found
    return len(scores) >= requested and bool(scores[k - 1] == scores[-1])


def _best(parts: Sequence[Found], k: int) -> Found:
    if len(parts) == 1:
        return parts[0]
    ids, scores = (np.concatenate(each) for each in zip(*parts, strict=True))
    best = _in_order(ids, scores)
    return best[0][:k], best[1][:k]


def _fewest(found: Sequence[Found]) -> int:
    return min(len(ids) for ids, _ in found)


def _stack(found: Sequence[Found], k: int) -> tuple[Ids, Scores]:
    """Return the results as arrays, with as many as every query has, at most ``k``."""
    count = min(_fewest(found), k) if found else 0
    ids = np.array([ids[:count] for ids, _ in found], dtype=np.int64)
    scores = np.array([scores[:count] for _, scores in found], dtype=np.float32)
    return ids.reshape(len(found), count), scores.reshape(len(found), count)
