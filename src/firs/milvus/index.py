"""Index on a Milvus server, which finds the nearest entries.

``MilvusIndex(server, name, dim, use)`` searches the Milvus collection ``name``, with one row per
vector and the fields ``id`` and ``vector``, as configured by ``use`` (see
``firs.milvus.ann_index``): by its own index, or by our binary codes.

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
"""Entries that are looked for beyond what is asked, to see where equal scores end."""
_A_PART = 12_000
"""Of the best so many are looked for in one part, on average; far enough from ``MOST_FOUND``."""
_AMONG_AT_ONCE = 8_000
"""Ids that one expression names at most."""

Found = tuple[Ids, Scores]
"""What one query found, ids and scores ``(n,)``, the best first, equal ones by id."""


@dataclass(frozen=True, slots=True)
class IndexConfig:
    """How entries are searched.

    Args:
        kind: of index.
        built: the parameters that it was built with.
        bits: of the kinds that search these.
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
        use: index configuration.
        where: expression for the entries to search; default all.
    """

    def __init__(
        self, server: Server, name: str, dim: int, use: IndexConfig | None = None, where: str = ""
    ) -> None:
        self._server = server
        self._name = name
        self._dim = dim
        self._use = use or IndexConfig()
        self._where = where

    @property
    def dim(self) -> int:
        """Length of every vector."""
        return self._dim

    def __len__(self) -> int:
        """How many entries may be found."""
        return self._server.count(self._name, self._where)

    def search(
        self, queries: NDArray[np.float32], k: int, subset: Ids | None = None
    ) -> tuple[Ids, Scores]:
        """The ``k`` nearest entries of every query: see ``firs.index.Index.search``.

        Raises:
            InputError: a query is of another dimension, zero or not finite, or ``k`` is below 1.
            ServerError: the server is down, stalls or refuses.
        """
        unit = check_queries(queries, self._dim)
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
            ServerError: the server is down, does not respond or rejects the request.
        """
        bits = self._use.bits
        if bits is None:
            [ids], [scores] = self.search(query[np.newaxis], count, subset)
            return ids, scores
        candidates = self.near(text[np.newaxis], bits.candidates(count), subset)
        found = self._rescore_on_server(query[np.newaxis], candidates, count)
        return found[0][:count], found[1][:count]

    def near(self, queries: NDArray[np.float32], count: int, subset: Ids | None = None) -> Ids:
        """The ``count`` nearest of each query by what the server compares, all together.

        Nothing is scored again here. int64 ``(n,)``, ascending.

        Raises:
            InputError: a query is of another dimension, zero or not finite.
            ServerError: the server is down, stalls or refuses.
        """
        unit = check_queries(queries, self._dim)
        found = [
            each.ids
            for where in self._parts(count, subset)
            for each in self._hits(unit, min(count, MOST_FOUND), where)
        ]
        return np.unique(np.concatenate([_NOTHING[0], *found]))

    def passing(self, ids: Ids) -> Ids:
        """Those of some entries that may be found: int64 ``(n,)``, ascending."""
        found = [
            row[KEY]
            for where in self._parts(1, ids)
            for row in self._server.query(self._name, where)
        ]
        return np.unique(np.array(found, dtype=np.int64))

    def _count(self, subset: Ids | None) -> int:
        """Count the entries that may be found."""
        return sum(self._server.count(self._name, where) for where in self._parts(1, subset))

    def _require_all(self, found: int, k: int, subset: Ids | None) -> None:
        """Make sure that an exact index found as many entries as there are."""
        if self._use.kind is FLAT and found < k and found < (count := self._count(subset)):
            raise ServerError(
                f"{self._server.address.server}/{self._name} finds {found:,} of {count:,} images. "
                "Search again; if it happens again, restart the server."
            )

    def _search(
        self, unit: NDArray[np.float32], k: int, subset: Ids | None, *, far: bool
    ) -> list[Found]:
        """What each query finds in all parts together."""
        parts = [self._in_part(unit, k, where, far=far) for where in self._parts(k, subset)]
        return [_best(found, k) for found in zip(*parts, strict=True)] or [_NOTHING] * len(unit)

    def _parts(self, k: int, subset: Ids | None) -> list[str]:
        """Expressions that together hold of all that may be found."""
        if subset is not None:
            return [self._and(f"{KEY} in {some}") for some in self._id_lists(np.unique(subset))]
        if k + _MORE <= MOST_FOUND:
            return [self._where]
        count = ceil(min(k, len(self)) / _A_PART) or 1
        edges = [at * DRAWS // count for at in range(count + 1)]
        return [self._and(f"draw >= {low} and draw < {high}") for low, high in pairwise(edges)]

    @staticmethod
    def _id_lists(ids: Ids) -> Iterable[list[int]]:
        """Ids in lists that an expression can name."""
        return (ids[at : at + _AMONG_AT_ONCE].tolist() for at in range(0, len(ids), _AMONG_AT_ONCE))

    def _and(self, more: str) -> str:
        return f"({self._where}) and {more}" if self._where else more

    def _in_part(
        self, unit: NDArray[np.float32], k: int, where: str, *, far: bool
    ) -> Sequence[Found]:
        """What each query finds within the rows that match an expression.

        As in ``firs.index.query`` more are fetched while a tie reaches beyond what came.
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
        bits, kind = self._use.bits, self._use.kind
        looked_at = count if bits is None else bits.candidates(count)
        hits = self._hits(unit, min(looked_at * kind.rescored, MOST_FOUND), where, far=far)
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
        """What the server finds, by the scores of its index."""
        bits, use = self._use.bits, self._use
        params = use.kind.params(count, use.built, far=far)
        name = self._name if bits is None else bits.name
        requested = unit if bits is None else bits.of_queries(unit)
        return self._server.search(name, requested, count, where, params=params)

    def _rescore_on_server(self, query: NDArray[np.float32], ids: Ids, count: int) -> Found:
        """The best of what one query ``(1, dim)`` found, scored by vectors that stay there."""
        parts = [
            self._server.search(self._name, query, min(count, len(some)), f"{KEY} in {some}")[0]
            for some in self._id_lists(ids)
        ]
        return _best([_in_order(each.ids, each.scores) for each in parts] or [_NOTHING], count)

    def _rescore(self, unit: NDArray[np.float32], found: Sequence[Ids]) -> list[Found]:
        """What was found, scored by its vectors."""
        ids, rows = fetch_vectors(self._server, self._name, np.unique(np.concatenate(found)))
        if not len(ids):
            return [_NOTHING] * len(unit)
        rows = unit_rows(rows, "entry", ids)
        scored = []
        for query, each in zip(unit, found, strict=True):
            at = np.searchsorted(ids, each[np.isin(each, ids)])
            # A matrix product rounds equal rows differently, by their places; this does not.
            scored.append(_in_order(ids[at], np.einsum("nd,d->n", rows[at], query)))
        return scored


def fetch_vectors(server: Server, name: str, ids: Iterable[int]) -> tuple[Ids, NDArray[np.float32]]:
    """Return the embeddings of the given images that exist.

    Returns:
        Ids int64 ``(n,)``, ascending, and float32 ``(n, dim)``.
    """
    return stack_rows(server.get(name, [int(id_) for id_ in ids], ("vector",)).values())


def stack_rows(rows: Iterable[Any]) -> tuple[Ids, NDArray[np.float32]]:
    """Rows with an id and a vector as two arrays, by ascending id."""
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
    """As many of each as all have found, ``k`` at most."""
    count = min((len(ids) for ids, _ in found), default=0)
    shape = (len(found), min(count, k))
    ids, scores = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.float32)
    for at, (those, their) in enumerate(found):
        ids[at], scores[at] = those[: shape[1]], their[: shape[1]]
    return ids, scores
