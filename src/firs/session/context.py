"""The search context of a session: one state of a collection, and the scores of the query alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from firs.calibration import Calibration
from firs.encoders import Vectors
from firs.errors import InputError
from firs.expansion import ExpandedScores
from firs.feedback import CentredEmbeddings
from firs.feedback.base import Scores, mean_direction
from firs.feedback.rocchio import Rocchio
from firs.query import Query
from firs.ranking import Ranking
from firs.search import DEFAULT, EmbeddingSearcher, load_strategy, search
from firs.search.base import encode_terms, text_warnings
from firs.search.searcher import Vector
from firs.search.strategies import EarlyFusion
from firs.session.events import CurrentMark

EARLY = "early-fusion"
"""The query strategy with one vector for the query; feedback starts from it in all strategies."""

_MAX_WEIGHT = 1e12
_NOTHING = 1e-6

PathsOf: TypeAlias = Callable[[Sequence[int]], Mapping[int, Path]]
"""Function from ids to the current paths of these images, without images that no longer exist."""


@dataclass(frozen=True, slots=True)
class ScoredQuery:
    """The query as a starting point of feedback.

    Args:
        vector: float32 ``(dim,)``, the query's one vector.
        query_scores: float32 ``(n,)``, scores of all images by the query alone.
    """

    vector: Vector
    query_scores: Scores


@dataclass(frozen=True, slots=True)
class SearchContext:
    """What all rounds of a session share.

    Args:
        images: embeddings of all images, or of a shortlist and a sample.
        paths: returns the current paths of images.
        query: its terms, with their vectors.
        strategy: query strategy (see ``firs.search``).
        vector: float32 ``(dim,)``, the query's one vector.
        query_scores: float32 ``(n,)``, scores of all images by the query alone.
        encoder: name of the encoder.
        fingerprint: of its weights.
        revision: of the collection's embeddings.
        text_centre: float32 ``(dim,)``, the mean of all texts, if the query needs it.
        calibration: meaning of the query scores; None if not known.
        familiar: similarity of the text to the texts of the collection, if known.
        hubness: identifier of the hubness correction; empty without one.
        expansion: identifier of the expansion; empty without one.
        expanded_scores: effect of the expansion on the scores of a single text.
        remote: searcher to fetch more images from; None if all are in memory.
        warnings: what the encoder could not read of the query, in sentences.
    """

    images: CentredEmbeddings
    paths: PathsOf
    query: Query
    strategy: str
    vector: Vector
    query_scores: Scores
    encoder: str
    fingerprint: str
    revision: int
    text_centre: Vector | None = None
    calibration: Calibration | None = None
    familiar: float | None = None
    hubness: str = ""
    expansion: str = ""
    expanded_scores: ExpandedScores | None = None
    remote: EmbeddingSearcher | None = None
    warnings: tuple[str, ...] = ()

    def filter_known(self, ids: Sequence[int]) -> list[int]:
        """Return the ids of existing images, in the given order."""
        known = self.images.table.filter_known(ids)
        if self.remote is None or len(known) == len(ids):
            return known
        return self.remote.filter_known(ids)

    def require(self, ids: Sequence[int]) -> None:
        """Check that images exist.

        Raises:
            InputError: there is no image with one of the ids.
        """
        known = set(self.filter_known(ids))
        unknown = [id_ for id_ in ids if id_ not in known]
        if unknown:
            raise InputError(f"There is no image with the id {unknown[0]} in the collection.")

    def expand_shortlist(
        self, vectors: Vectors | None = None, ids: Sequence[int] = ()
    ) -> "SearchContext":
        """Return the context with more images in memory, at positions after the existing ones.

        Args:
            vectors: float32 ``(m, dim)``, vectors with nearest images to add.
            ids: ids of images to add.
        """
        table = self.images.table
        missing = set(ids) - set(table.filter_known(ids))
        if self.remote is None or not (missing or vectors is not None):
            return self
        near = self.remote.shortlist_for(vectors, sorted(missing), onto=table)
        if len(near.matrix) == len(table):
            return self
        context = _score_query(
            self.query, self.vector, near, self.paths, self.strategy, self.remote
        )
        return replace(context, warnings=self.warnings)


def build_search_context(
    query: Query, searcher: EmbeddingSearcher, paths: PathsOf, strategy: str = DEFAULT
) -> SearchContext:
    """Encode a query and score all images by it.

    Raises:
        InputError: the query has no positive term, an id is unknown, the strategy is unknown, or it
            needs a term that the query lacks.
        ImageError: an example cannot be read.
    """
    query.require_positive()
    heaviest = max(abs(term.weight) for term in query.terms)
    if heaviest > _MAX_WEIGHT:
        raise InputError(f"A weight of {heaviest:g} is too large; use smaller weights.")
    load_strategy(strategy)
    if not len(searcher.matrix):
        raise InputError("There are no images to search; add photos first.")
    terms = encode_terms(query.terms, searcher)
    if any(term.vector.shape != (searcher.matrix.dim,) for term in terms):
        raise InputError(f"A vector of the query is not of the {searcher.matrix.dim} numbers here.")
    encoded = Query(
        tuple(
            replace(term.term, what=replace(term.term.what, known={searcher.name: term.vector}))
            for term in terms
        )
    )
    vector = EarlyFusion().vector(encoded, terms, searcher)
    vectors = [vector] if strategy == EARLY else [vector, *(term.vector for term in terms)]
    near = searcher.shortlist_for(np.stack(vectors))
    remote = None if near is searcher else searcher
    context = _score_query(encoded, vector, near, paths, strategy, remote)
    return replace(context, warnings=text_warnings(query, searcher))


def _score_query(
    query: Query,
    vector: Vector,
    searcher: EmbeddingSearcher,
    paths: PathsOf,
    strategy: str,
    remote: EmbeddingSearcher | None,
) -> SearchContext:
    """Return the context of an encoded query on the images that a searcher has in memory."""
    is_one_term = len(query.terms) == 1
    is_one_text = is_one_term and bool(query.texts)
    ranks_by_text = is_one_text or (not is_one_term and bool(query.texts) and strategy != EARLY)
    hubness, expansion, expanded = searcher.hubness, searcher.expansion, None
    if is_one_text:
        scores = searcher.calibrated_scores(vector)
        expanded = None if expansion is None else expansion.apply(vector, scores)
        scores = scores if expanded is None else expanded.scores
    elif is_one_term or strategy == EARLY:
        scores = searcher.raw_scores(vector)
    else:
        scores = _score_all(search(query, searcher, len(searcher.matrix), strategy), searcher)
    return SearchContext(
        images=CentredEmbeddings(searcher.matrix),
        paths=paths,
        query=query,
        strategy=strategy,
        vector=vector,
        query_scores=scores,
        encoder=searcher.name,
        fingerprint=searcher.fingerprint,
        revision=searcher.revision,
        text_centre=searcher.text_mean if query.texts and not is_one_term else None,
        calibration=searcher.calibration if is_one_text else None,
        familiar=hubness.familiar(vector) if hubness else None,
        hubness=hubness.mark if hubness and ranks_by_text else "",
        expansion=expansion.mark if expansion and ranks_by_text else "",
        expanded_scores=expanded,
        remote=remote,
    )


def _score_all(ranking: Ranking, searcher: EmbeddingSearcher) -> Scores:
    """Return the scores of all images; those outside the ranking tie for the last place."""
    last = ranking.scores[-1] - 1
    scores = np.full(len(searcher.matrix), last, dtype=np.float32)
    scores[searcher.matrix.positions(ranking.ids)] = ranking.scores
    return scores


def expand_by_marks(
    context: SearchContext, query: Vector, marks: Mapping[int, CurrentMark], strength: float
) -> SearchContext:
    """Return the context with the images near the query as Rocchio moves it by the marks."""
    if not marks:
        return context
    images, rocchio = context.images, Rocchio()
    irrelevant = [id_ for id_, mark in marks.items() if mark.kind == "irrelevant"]
    relevant = [id_ for id_, mark in marks.items() if mark.kind != "irrelevant"]
    move = rocchio.beta * _mean(images, relevant) - rocchio.gamma * _mean(images, irrelevant)
    scale = images.spread * float(images.table.distances_to_mean.mean())
    moved = _standardise(images, query) + move[0] * np.float32(strength / scale)
    return context.expand_shortlist(_unit(moved))


def expand_by_terms(
    context: SearchContext, query: Vector, added: Sequence[Vector], weights: Sequence[float]
) -> SearchContext:
    """Return the context with the images near the query with added terms."""
    if context.remote is None:
        return context
    images = context.images
    pulls = [w * _standardise(images, vector) for vector, w in zip(added, weights, strict=True)]
    moved = np.sum([_standardise(images, query), *pulls], axis=0)
    return context.expand_shortlist(_unit(moved))


def pad_scores(scores: Scores, count: int) -> Scores:
    """Return scores of ``count`` images; images that were added tie for the last place.

    An image that was not near enough to the query to be in memory is no better than the others.
    """
    if len(scores) == count:
        return scores
    known = scores[np.isfinite(scores)]
    last = known.min() if len(known) else -np.inf
    return np.append(scores, np.full(count - len(scores), last, dtype=np.float32))


def _mean(images: CentredEmbeddings, ids: Sequence[int]) -> Vectors:
    return mean_direction(images, images.table.positions(np.array(ids, dtype=np.int64)))


def _standardise(images: CentredEmbeddings, vector: Vector) -> Vector:
    """Scale a vector so that its scores have standard deviation 1."""
    return vector / np.float32(max(images.table.spread(vector), _NOTHING))


def _unit(vector: Vector) -> Vectors | None:
    """Return the vector at length 1 as float32 ``(1, dim)``; None if it is almost zero."""
    length = np.float32(np.linalg.norm(vector))
    return (vector / length)[np.newaxis] if length > _NOTHING else None
