"""``Collection.search``: choose the encoders, filter the images and post-process the results."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from firs.errors import InputError
from firs.filters import Filter
from firs.query import Example, Query, like, text
from firs.ranking import Ranking
from firs.storage import rows
from firs.storage.encoders import AND, AskedEncoders, EncoderInUse, EncodersInUse, check_not_empty
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


class Snapshot(Protocol):
    """One state of a store, to search."""

    def encoders(self) -> list[EncoderRecord]:
        """Return the encoders that the store has embeddings of."""

    def searchers(
        self, encoders: Sequence[tuple[EncoderInUse, EncoderRecord]], where: Filter | None
    ) -> "list[EmbeddingSearcher]":
        """Return one searcher per encoder, over the images that pass a filter."""

    def hashes(self, ids: rows.Ids) -> Mapping[int, bytes]:
        """Return the content hashes of images by id."""


class CollectionSearcher:
    """Searcher of one collection with one or several encoders.

    Args:
        open_snapshot: opens the current state of the store.
        encoders: the encoders that the collection was opened with.
        location: of the collection, for messages.
    """

    def __init__(
        self,
        open_snapshot: Callable[[], AbstractContextManager[Snapshot]],
        encoders: EncodersInUse,
        location: Path | str,
    ) -> None:
        self._open_snapshot = open_snapshot
        self._encoders = encoders
        self._location = location

    def run(self, request: SearchRequest) -> Ranking:
        """Search one state of the collection."""
        with self._open_snapshot() as snapshot:
            searchers = self._searchers(snapshot, request.encoder, request.where)
            ranking = run_search(request, searchers, snapshot.hashes)
            ranking.warnings = _text_warnings(request.query, searchers)
            return ranking

    @contextmanager
    def open_searcher(
        self, encoder: AskedEncoders, where: Filter | None = None
    ) -> "Iterator[EmbeddingSearcher]":
        """Open a searcher of one encoder over one state, until the context ends.

        Raises:
            InputError: several encoders are requested.
        """
        with self._open_snapshot() as snapshot:
            yield single(self._searchers(snapshot, encoder, where))

    def _searchers(
        self, snapshot: Snapshot, encoder: AskedEncoders, where: Filter | None
    ) -> "list[EmbeddingSearcher]":
        known = check_not_empty(snapshot.encoders(), self._location)
        used = self._encoders.those(encoder, known)
        return snapshot.searchers([(each, each.matching_record(known)) for each in used], where)


def _text_warnings(query: Query, searchers: "Sequence[EmbeddingSearcher]") -> tuple[str, ...]:
    """Return what none of the encoders can read in a query."""
    from firs.search.base import text_warnings

    found = [text_warnings(query, searcher) for searcher in searchers]
    return found[0] if all(found) else ()


def run_search(
    request: SearchRequest,
    spaces: "Sequence[EmbeddingSearcher]",
    hashes_of: Callable[[rows.Ids], Mapping[int, bytes]],
) -> Ranking:
    """Search several embedding searchers of one collection together.

    Args:
        request: the search request.
        spaces: one searcher per encoder.
        hashes_of: returns the content hashes of some images, used to detect copies.
    """
    searchers = [
        each.with_corrections(calibration=request.is_calibrated, expansion=request.is_expanded)
        for each in spaces
    ]
    if (
        len(searchers) == 1
        and request.weights is None
        and request.dedupe is False
        and request.diversify is False
    ):
        from firs.search import search

        return search(request.query, searchers[0], request.k, request.strategy)
    from firs.search.postprocess import Postprocess
    from firs.search.strategies import search_with_all

    return Postprocess(_near(request.dedupe), _relevance(request.diversify)).run(
        lambda depth: search_with_all(
            request.query, searchers, depth, request.strategy, request.fusion, request.weights
        ),
        request.k,
        searchers[0].matrix_of,
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


def combine_query(query: str | Query | None, image: "Example | str | None") -> Query:
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
