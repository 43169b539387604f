"""The ground of a session: one state of a collection, and what the query alone says of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from firs.calibration import Calibration, shipped
from firs.encoders import Vectors
from firs.errors import InputError
from firs.expansion import Applied
from firs.feedback import Field
from firs.feedback.field import Scores
from firs.query import Query, Words
from firs.ranking import Ranking
from firs.search import DEFAULT, Space, answer, open_answering
from firs.search.early import Early
from firs.search.encoding import encoded
from firs.search.space import Vector

EARLY = "early"
"""The way that answers by the query's one vector, which feedback starts from in every way."""

_HEAVIEST = 1e12

PathsOf: TypeAlias = Callable[[Sequence[int]], Mapping[int, Path]]
"""Ids → where these images lie now, without those that are no longer there."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as feedback goes on from it.

    Args:
        vector: float32 ``(dim,)``, in one vector.
        first: float32 ``(n,)``, what that alone gives every image.
    """

    vector: Vector
    first: Scores


@dataclass(frozen=True, slots=True)
class Ground:
    """What the rounds of a session stand on.

    Args:
        images: all images, or those at hand, as feedback compares them.
        paths: where they lie.
        query: its terms, with their vectors.
        way: how it is answered (see ``firs.search``).
        vector: float32 ``(dim,)``, the query's one vector.
        first: float32 ``(n,)``, what the query alone gives every image.
        encoder: the name of what made the vectors.
        fingerprint: of its weights.
        revision: of the collection's vectors.
        text_centre: float32 ``(dim,)``, the middle of all texts, where the query needs it.
        calibration: what ``first`` means; None where that is not known.
        familiar: how near the one text comes to those of the collection, where that is known.
        hubness: what was taken off the scores of texts, by its mark; nothing where nothing was.
        expansion: what captions and accepted queries put onto the scores of texts, by its mark.
        applied: how that concerns the one text that is asked.
        far: where more images can be asked for; None where all are at hand.
    """

    images: Field
    paths: PathsOf
    query: Query
    way: str
    vector: Vector
    first: Scores
    encoder: str
    fingerprint: str
    revision: int
    text_centre: Vector | None = None
    calibration: Calibration | None = None
    familiar: float | None = None
    hubness: str = ""
    expansion: str = ""
    applied: Applied | None = None
    far: Space | None = None

    @property
    def question(self) -> Question:
        """What was asked at first."""
        return Question(self.vector, self.first)

    def known(self, ids: Sequence[int]) -> list[int]:
        """Those of some ids that there is an image with, in their order, at hand or not."""
        known = self.images.table.known(ids)
        if self.far is None or len(known) == len(ids):
            return known
        return self.far.known(ids)

    def require(self, ids: Sequence[int]) -> None:
        """Make sure that there are images with some ids.

        Raises:
            InputError: there is none with one of them.
        """
        known = set(self.known(ids))
        unknown = [id_ for id_ in ids if id_ not in known]
        if unknown:
            raise InputError(f"There is no image with the id {unknown[0]} in the collection.")

    def wider(self, vectors: Vectors | None = None, ids: Sequence[int] = ()) -> "Ground":
        """The same with more images at hand, in places after those that are.

        Args:
            vectors: float32 ``(m, dim)``, near to which there may be some.
            ids: of images that are wanted themselves.
        """
        table = self.images.table
        wanted = set(ids) - set(table.known(ids))
        if self.far is None or not (wanted or vectors is not None):
            return self
        near = self.far.around(vectors, sorted(wanted), onto=table)
        if len(near.table) == len(table):
            return self
        return _on(_Asked(self.query, self.paths, self.way, self.vector), near, self.far)


def prepared(query: Query, space: Space, paths: PathsOf, way: str = DEFAULT) -> Ground:
    """Encode a query and rank all images by it.

    Raises:
        InputError: the query only says what not to find, an id is unknown, there is no such way,
            or it needs what the query lacks.
        ImageError: an example cannot be read.
    """
    _require_sound(query)
    open_answering(way)
    if not len(space.table):
        raise InputError("There are no images to search; add photos first.")
    terms = encoded(query.terms, space)
    if any(term.vector.shape != (space.table.dim,) for term in terms):
        raise InputError(f"A vector of the query is not of the {space.table.dim} numbers here.")
    known = Query(
        tuple(
            replace(term.term, what=replace(term.term.what, known={space.name: term.vector}))
            for term in terms
        )
    )
    vector = Early().vector(known, terms, space)
    asked = [vector] if way == EARLY else [vector, *(term.vector for term in terms)]
    near = space.around(np.stack(asked))
    return _on(_Asked(known, paths, way, vector), near, None if near is space else space)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a ground is of, whatever images are at hand."""

    query: Query
    paths: PathsOf
    way: str
    vector: Vector


def _on(asked: _Asked, space: Space, far: Space | None) -> Ground:
    """The ground of what is asked on the images that a space has at hand."""
    query, way, vector = asked.query, asked.way, asked.vector
    applied = _applied(query, space, vector)
    return Ground(
        images=Field(space.table),
        paths=asked.paths,
        query=query,
        way=way,
        vector=vector,
        first=_first(query, space, vector, way) if applied is None else applied.scores,
        encoder=space.name,
        fingerprint=space.fingerprint,
        revision=space.revision,
        text_centre=space.text_centre if query.texts and len(query.terms) > 1 else None,
        calibration=_meaning(space) if _is_one_text(query) else None,
        familiar=space.hubness.familiar(vector) if space.hubness else None,
        hubness=space.hubness.mark if space.hubness and _asks_by_text(query, way) else "",
        expansion=space.expansion.mark if space.expansion and _asks_by_text(query, way) else "",
        applied=applied,
        far=far,
    )


def _require_sound(query: Query) -> None:
    query.require_positive()
    heaviest = max(abs(term.weight) for term in query.terms)
    if heaviest > _HEAVIEST:
        raise InputError(f"A weight of {heaviest:g} drowns all else; give smaller ones.")


def _meaning(space: Space) -> Calibration | None:
    fitted = space.hubness.calibration if space.hubness else None
    return fitted or shipped(space.name)


def _is_one_text(query: Query) -> bool:
    """Whether the scores are the cosines of one text, which is what is calibrated."""
    return len(query.terms) == 1 and isinstance(query.terms[0].what, Words)


def _asks_by_text(query: Query, way: str) -> bool:
    """Whether images are ranked by a text alone, in the end or on the way."""
    return _is_one_text(query) or (len(query.terms) > 1 and bool(query.texts) and way != EARLY)


def _applied(query: Query, space: Space, vector: Vector) -> Applied | None:
    """What captions and accepted queries put onto the scores of one text, if they do."""
    if space.expansion is None or not _is_one_text(query):
        return None
    return space.expansion.applied(vector, space.calibrated_scores(vector))


def _first(query: Query, space: Space, vector: Vector, way: str) -> Scores:
    if _is_one_text(query):
        return space.calibrated_scores(vector)
    if len(query.terms) == 1 or way == EARLY:
        return space.scores(vector)
    return _of_all(answer(query, space, len(space.table), way), space)


def _of_all(ranking: Ranking, space: Space) -> Scores:
    """The scores of all images; one that is not in the ranking ties for the last place."""
    last = ranking.scores[-1] - 1
    scores = np.full(len(space.table), last, dtype=np.float32)
    scores[space.table.places(ranking.ids)] = ranking.scores
    return scores
