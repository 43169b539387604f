"""``Collection.search``: choose the encoders, filter the images and post-process the results."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from firs.collection.calibrations import CachedHubness
from firs.collection.expansions import CachedExpansion
from firs.collection.index_maintainer import Nearest
from firs.collection.snapshot import CachedAttributes, StoredImages, Tables
from firs.errors import InputError
from firs.filters import Filter
from firs.query import Example, Query, like, text
from firs.ranking import Ranking
from firs.storage import rows
from firs.storage.database import Database
from firs.storage.encoders import AND, AskedEncoders, EncoderInUse, EncodersInUse, require_encoders
from firs.storage.paths import Root
from firs.storage.records import EncoderRecord

if TYPE_CHECKING:
    from firs.fusion import Fusion
    from firs.search import EmbeddingSearcher, QueryStrategy


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search request; see ``Collection.search``."""

    query: Query
    k: int
    strategy: "str | QueryStrategy"
    encoder: AskedEncoders
    fusion: "str | Fusion | None"
    weights: Sequence[float] | None
    where: Filter | None
    dedupe: bool | float
    diversify: bool | float
    is_calibrated: bool
    is_expanded: bool


class CollectionSearcher:
    """Searcher of one collection; its in-memory data is reloaded when it has changed."""

    def __init__(
        self, database: Database, root: Root, encoders: EncodersInUse, folder: Path
    ) -> None:
        self._database = database
        self._root = root
        self._encoders = encoders
        self._folder = folder
        self._nearest = Nearest(database, folder if database.writable else None)
        self._tables = Tables()
        self._hubness = CachedHubness(database)
        self._expansion = CachedExpansion()
        self._attributes = CachedAttributes(root)

    def run(self, wanted: SearchRequest) -> Ranking:
        """Search one state of the collection."""
        with self._database.reading() as connection:
            spaces = self._spaces(connection, wanted.encoder, wanted.where)
            return run_search(wanted, spaces, lambda ids: rows.hashes(connection, ids.tolist()))

    def close(self) -> None:
        """Wait for what is being done in the background."""
        self._nearest.close()

    def filter_ids(self, where: Filter) -> rows.Ids:
        """Return the ids of the images that pass a filter: int64 ``(m,)``, ascending."""
        with self._database.reading() as connection:
            return self._attributes.filter_ids(connection, where)

    @contextmanager
    def open_searcher(
        self, encoder: AskedEncoders, where: Filter | None
    ) -> "Iterator[EmbeddingSearcher]":
        """Open one snapshot of the collection for one encoder until the context ends.

        Raises:
            InputError: several encoders are requested.
        """
        with self._database.reading() as connection:
            yield single(self._spaces(connection, encoder, where))

    def _spaces(
        self, connection: sqlite3.Connection, encoder: AskedEncoders, where: Filter | None
    ) -> "Sequence[EmbeddingSearcher]":
        stored = require_encoders(connection, self._folder)
        subset = self._attributes.filter_ids(connection, where) if where else None
        used = self._encoders.those(encoder, stored)
        records = [
            each.matching_record(stored) for each in used
        ]  # a mistake is told before any searching
        return [
            self._space(connection, encoder, record, subset)
            for encoder, record in zip(used, records, strict=True)
        ]

    def _space(
        self,
        connection: sqlite3.Connection,
        encoder: EncoderInUse,
        record: EncoderRecord,
        subset: rows.Ids | None,
    ) -> "EmbeddingSearcher":
        from firs.search import EmbeddingSearcher

        index = self._nearest.index(connection, record, lambda: encoder.open([record]))
        images = StoredImages(connection, self._root, record, self._tables)
        return EmbeddingSearcher(
            record.name,
            lambda: encoder.open([record]),
            index,
            images,
            subset,
            fingerprint=record.fingerprint,
            revision=record.revision,
            hubness=lambda _: self._hubness.get(connection, record, images.matrix),
            expansion=lambda _: self._expansion.get(connection, record, images.matrix),
        )


def run_search(
    wanted: SearchRequest,
    spaces: "Sequence[EmbeddingSearcher]",
    hashes_of: Callable[[rows.Ids], Mapping[int, bytes]],
) -> Ranking:
    """Search several embedding searchers of one collection together.

    Args:
        wanted: the search request.
        spaces: one searcher per encoder.
        hashes_of: returns the content hashes of some images, used to detect copies.
    """
    from firs.search.postprocess import Postprocess
    from firs.search.strategies import search_with_all

    for space in spaces:
        if not wanted.is_calibrated:
            space.hubness = None
        if not wanted.is_expanded:
            space.expansion = None
    return Postprocess(_near(wanted.dedupe), _relevance(wanted.diversify)).run(
        lambda depth: search_with_all(
            wanted.query, spaces, depth, wanted.strategy, wanted.fusion, wanted.weights
        ),
        wanted.k,
        spaces[0].matrix_of,
        hashes_of,
    )


def single(spaces: "Sequence[EmbeddingSearcher]") -> "EmbeddingSearcher":
    """Return the only searcher.

    Raises:
        InputError: there are several.
    """
    if len(spaces) > 1:
        names = AND.join(space.name for space in spaces)
        raise InputError(f"This takes one encoder at a time, not {names}.")
    return spaces[0]


def combine_query(query: str | Query | None, image: Example | str | None) -> Query:
    """Combine a text or a query with an image into one query.

    Raises:
        InputError: there is neither.
    """
    words = text(query) if isinstance(query, str) else query
    shown = None if image is None else like(image)
    if words is not None and shown is not None:
        return words + shown
    requested = words or shown
    if requested is None:
        raise InputError("The query is empty: say what to see in the picture, or show one.")
    return requested


def _near(fold: bool | float) -> float | None:
    from firs.search.postprocess import DUPLICATE_COSINE

    return (DUPLICATE_COSINE if fold else None) if isinstance(fold, bool) else fold


def _relevance(varied: bool | float) -> float | None:
    from firs.search.postprocess import MMR_LAMBDA

    return (MMR_LAMBDA if varied else None) if isinstance(varied, bool) else varied
