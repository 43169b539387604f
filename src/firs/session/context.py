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
from firs.query import Query, TextTerm
from firs.ranking import Ranking
from firs.search import DEFAULT, EmbeddingSearcher, load_strategy, search
from firs.search.base import encode_terms
from firs.search.searcher import Vector
from firs.search.strategies import EarlyFusion
from firs.session.events import CurrentMark

EARLY = "early-fusion"
"""The query strategy that searches by one vector, where feedback starts with every strategy."""

_HEAVIEST = 1e12

PathsOf: TypeAlias = Callable[[Sequence[int]], Mapping[int, Path]]
"""Function from ids to the current paths of these images, without images that no longer exist."""


@dataclass(frozen=True, slots=True)
class Question:
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

    @property
    def question(self) -> Question:
        """The original query."""
        return Question(self.vector, self.query_scores)

    def filter_known(self, ids: Sequence[int]) -> list[int]:
        """Return the ids of existing images, in the given order."""
        known = self.images.table.filter_known(ids)
        if self.remote is None or len(known) == len(ids):
            return known
        return self.remote.filter_known(ids)

    def require(self, ids: Sequence[int]) -> None:
        """Make sure that there are images with some ids.

        Raises:
            InputError: there is none with one of them.
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
        wanted = set(ids) - set(table.filter_known(ids))
        if self.remote is None or not (wanted or vectors is not None):
            return self
        near = self.remote.shortlist_for(vectors, sorted(wanted), onto=table)
        if len(near.matrix) == len(table):
            return self
        return _on(
            _QueryContext(self.query, self.paths, self.strategy, self.vector), near, self.remote
        )


def build_search_context(
    query: Query, space: EmbeddingSearcher, paths: PathsOf, strategy: str = DEFAULT
) -> SearchContext:
    """Encode a query and score all images by it.

    Raises:
        InputError: the query has no positive term, an id is unknown, the strategy is unknown, or it
            needs a term that the query lacks.
        ImageError: an example cannot be read.
    """
    _require_sound(query)
    load_strategy(strategy)
    if not len(space.matrix):
        raise InputError("There are no images to search; add photos first.")
    terms = encode_terms(query.terms, space)
    if any(term.vector.shape != (space.matrix.dim,) for term in terms):
        raise InputError(f"A vector of the query is not of the {space.matrix.dim} numbers here.")
    known = Query(
        tuple(
            replace(term.term, what=replace(term.term.what, known={space.name: term.vector}))
            for term in terms
        )
    )
    vector = EarlyFusion().vector(known, terms, space)
    requested = [vector] if strategy == EARLY else [vector, *(term.vector for term in terms)]
    near = space.shortlist_for(np.stack(requested))
    return _on(
        _QueryContext(known, paths, strategy, vector), near, None if near is space else space
    )


@dataclass(frozen=True, slots=True)
class _QueryContext:
    """The parts of a context that do not depend on the images in memory."""

    query: Query
    paths: PathsOf
    strategy: str
    vector: Vector


def _on(
    requested: _QueryContext, space: EmbeddingSearcher, far: EmbeddingSearcher | None
) -> SearchContext:
    """Return the context of a query on the images of a searcher."""
    query, strategy, vector = requested.query, requested.strategy, requested.vector
    applied = _apply_expansion(query, space, vector)
    return SearchContext(
        images=CentredEmbeddings(space.matrix),
        paths=requested.paths,
        query=query,
        strategy=strategy,
        vector=vector,
        query_scores=_first(query, space, vector, strategy) if applied is None else applied.scores,
        encoder=space.name,
        fingerprint=space.fingerprint,
        revision=space.revision,
        text_centre=space.text_mean if query.texts and len(query.terms) > 1 else None,
        calibration=space.calibration if _is_one_text(query) else None,
        familiar=space.hubness.familiar(vector) if space.hubness else None,
        hubness=space.hubness.mark if space.hubness and _asks_by_text(query, strategy) else "",
        expansion=space.expansion.mark
        if space.expansion and _asks_by_text(query, strategy)
        else "",
        expanded_scores=applied,
        remote=far,
    )


def _require_sound(query: Query) -> None:
    query.require_positive()
    heaviest = max(abs(term.weight) for term in query.terms)
    if heaviest > _HEAVIEST:
        raise InputError(f"A weight of {heaviest:g} drowns all else; give smaller ones.")


def _is_one_text(query: Query) -> bool:
    """Whether the scores are the cosines of one text, which is what is calibrated."""
    return len(query.terms) == 1 and isinstance(query.terms[0].what, TextTerm)


def _asks_by_text(query: Query, strategy: str) -> bool:
    """Whether images are ranked by a text alone, in the end or on the way."""
    return _is_one_text(query) or (len(query.terms) > 1 and bool(query.texts) and strategy != EARLY)


def _apply_expansion(
    query: Query, space: EmbeddingSearcher, vector: Vector
) -> ExpandedScores | None:
    """What captions and accepted queries put onto the scores of one text, if they do."""
    if space.expansion is None or not _is_one_text(query):
        return None
    return space.expansion.apply(vector, space.calibrated_scores(vector))


def _first(query: Query, space: EmbeddingSearcher, vector: Vector, strategy: str) -> Scores:
    if _is_one_text(query):
        return space.calibrated_scores(vector)
    if len(query.terms) == 1 or strategy == EARLY:
        return space.raw_scores(vector)
    return _of_all(search(query, space, len(space.matrix), strategy), space)


def _of_all(ranking: Ranking, space: EmbeddingSearcher) -> Scores:
    """The scores of all images; one that is not in the ranking ties for the last place."""
    last = ranking.scores[-1] - 1
    scores = np.full(len(space.matrix), last, dtype=np.float32)
    scores[space.matrix.positions(ranking.ids)] = ranking.scores
    return scores


_NOTHING = 1e-6


def with_marks(ground: SearchContext, held: Mapping[int, CurrentMark]) -> SearchContext:
    """The ground with all images at hand that are marked."""
    return ground.expand_shortlist(ids=list(held))


def by_marks(
    ground: SearchContext, query: Vector, held: Mapping[int, CurrentMark], strength: float
) -> SearchContext:
    """The ground with what is near to a query that moved by the marks."""
    if ground.remote is None or not held:
        return ground
    images, usual = ground.images, Rocchio()
    ticks = [id_ for id_, mark in held.items() if mark.kind != "irrelevant"]
    crosses = [id_ for id_, mark in held.items() if mark.kind == "irrelevant"]
    towards = usual.beta * _middle(images, ticks) - usual.gamma * _middle(images, crosses)
    reach = images.spread * float(images.table.distances_to_mean.mean())
    return ground.expand_shortlist(
        _unit(_scale(images, query) + towards[0] * np.float32(strength / reach))
    )


def by_words(
    ground: SearchContext, query: Vector, added: Sequence[Vector], weights: Sequence[float]
) -> SearchContext:
    """The ground with what is near to a query and to what was added to it."""
    if ground.remote is None:
        return ground
    images = ground.images
    pulls = [weight * _scale(images, each) for each, weight in zip(added, weights, strict=True)]
    return ground.expand_shortlist(_unit(np.sum([_scale(images, query), *pulls], axis=0)))


def pad_scores(scores: Scores, count: int) -> Scores:
    """Scores of ``count`` images, of which the last ones, that came since, tie for the last place.

    What was not near enough to the query to be at hand is no better than what was.
    """
    if len(scores) == count:
        return scores
    known = scores[np.isfinite(scores)]
    last = known.min() if len(known) else -np.inf
    return np.append(scores, np.full(count - len(scores), last, dtype=np.float32))


def _middle(images: CentredEmbeddings, ids: Sequence[int]) -> Vectors:
    return mean_direction(images, images.table.positions(np.array(ids, dtype=np.int64)))


def _scale(images: CentredEmbeddings, vector: Vector) -> Vector:
    """A vector so long that its scores have spread 1."""
    return vector / np.float32(max(images.table.spread(vector), _NOTHING))


def _unit(vector: Vector) -> Vectors | None:
    """The vector at length 1 as float32 ``(1, dim)``; None where nothing is left of it."""
    length = np.float32(np.linalg.norm(vector))
    return (vector / length)[np.newaxis] if length > _NOTHING else None
