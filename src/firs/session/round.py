"""A round: one ranking of all images, why each image moved, and the marks given on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from firs.calibration import Calibration
from firs.calibration.calibration import Probabilities, credible_set_size
from firs.errors import InputError
from firs.expansion import ExpansionMatch
from firs.feedback import CentredEmbeddings, FeedbackResult
from firs.feedback.base import NO_PLACES, Places, Scores, best
from firs.ranking import Hit
from firs.search.matrix import PopulationSample
from firs.session.context import ScoredQuery, SearchContext
from firs.session.events import CurrentMark, Kind, Marks, merge_marks

PAGE = 20
"""Results on a page."""

HEAD = 1_000
"""Results that are found without sorting all images."""

MAX_INFLUENCES = 3
MIN_INFLUENCE = 0.5
"""Similarity to a mark, in standard deviations, below which the mark did not move an image."""


@dataclass(frozen=True, slots=True, eq=False)
class Push:
    """The scores of an added term for all images.

    Args:
        text: the term.
        reads: the query as it reads with the term.
        scores: float32 ``(n,)``, added to the score of each image.
    """

    text: str
    reads: str
    scores: Scores


@dataclass(frozen=True, slots=True)
class MarkInfluence:
    """A mark that moved an image.

    Args:
        id: the marked image.
        mark: the kind of the mark.
        weight: similarity of the moved image to it, in standard deviations; negative if it lowered
            the image.
    """

    id: int
    mark: Kind
    weight: float


@dataclass(frozen=True, slots=True)
class TermInfluence:
    """An added term that moved an image.

    Args:
        text: the term.
        weight: change of the score, in standard deviations.
    """

    text: str
    weight: float


def term_influences(
    pushes: Sequence[Push], places: Places, moves: Sequence[int]
) -> list[tuple[TermInfluence, ...]]:
    """Return for each image the added terms that moved it in its direction, the strongest first.

    Args:
        pushes: the added terms.
        places: int64 ``(m,)``, positions of the images to explain.
        moves: change of rank of each of the ``m`` images; positive if it rose.
    """
    influences = []
    for place, move in zip(places.tolist(), moves, strict=True):
        all_ = [TermInfluence(each.text, float(each.scores[place])) for each in pushes]
        in_direction = [each for each in all_ if each.weight * move > 0]
        strongest = sorted(in_direction, key=lambda each: -abs(each.weight))[:MAX_INFLUENCES]
        influences.append(tuple(strongest))
    return influences


def mark_influences(
    images: CentredEmbeddings,
    places: Places,
    marks: Mapping[int, CurrentMark],
    moves: Sequence[int],
) -> list[tuple[MarkInfluence, ...]]:
    """Return for each image the marks that moved it in its direction, the strongest first.

    Args:
        images: embeddings of all images.
        places: int64 ``(m,)``, positions of the images to explain.
        marks: id of a marked image → its mark.
        moves: change of rank of each of the ``m`` images; positive if it rose, 0 if unchanged or
            new.
    """
    ids = np.array(list(marks), dtype=np.int64)
    if not len(ids) or not len(places):
        return [() for _ in places]
    signs = np.array([-1 if mark.kind == "irrelevant" else 1 for mark in marks.values()])
    like = images.directions(places) @ images.directions(images.table.positions(ids)).T
    weights = signs * np.maximum(like / images.spread, 0)
    influences = []
    for row, move in zip(weights, moves, strict=True):
        sign = 1 if move >= 0 else -1
        strongest = np.argsort(-sign * row, kind="stable")[:MAX_INFLUENCES]
        influences.append(
            tuple(
                MarkInfluence(id_, marks[id_].kind, float(row[at]))
                for at, id_ in zip(strongest, ids[strongest].tolist(), strict=True)
                if sign * row[at] >= MIN_INFLUENCE
            )
        )
    return influences


@dataclass(frozen=True, slots=True)
class Result:
    """One image of a round.

    Args:
        hit: its rank, id, score and path.
        previous_rank: its rank in the previous round; None in the first round, or if it was
            missing.
        mark: its mark on this or an earlier round.
        seen: whether an earlier round showed it.
        mark_influences: the marks that moved it, the strongest first.
        term_influences: the added terms that moved it, the strongest first.
        probability: probability that it is the target, if the collection contains the target; None
            if not known (see ``firs.calibration``).
        matched_via: the captions or accepted queries that raised its score.
    """

    hit: Hit
    previous_rank: int | None
    mark: Kind | None
    seen: bool
    mark_influences: tuple[MarkInfluence, ...]
    term_influences: tuple[TermInfluence, ...] = ()
    probability: float | None = None
    matched_via: tuple[ExpansionMatch, ...] = ()


@dataclass(eq=False)
class Round:
    """One ranking, made by a feedback method from the previous round.

    Args:
        number: in the session, from 0.
        parent: the previous round; None for the first search.
        method: a name in ``firs.feedback.FEEDBACKS``; ``search`` for the first round, ``refine``
            for a refinement.
        strength: weight of the marks.
        shown: number of results of the previous round that were viewed.
        outcome: scores of all images, with a summary.
        context: the search context.
        marks_used: the marks at the time of the round by image, if the method reads marks.
        hidden: positions of images that are not shown again.
        marks: marks given on this round.
        read: number of results that were read so far.
        refined: the refined query; None without a refinement on this round.
        pushes: terms added on this round.
    """

    number: int
    parent: "Round | None"
    method: str
    strength: float
    shown: int
    outcome: FeedbackResult
    context: SearchContext
    marks_used: Mapping[int, CurrentMark] = field(default_factory=dict)
    hidden: Places = field(default_factory=lambda: NO_PLACES)
    marks: Marks = field(default_factory=Marks)
    read: int = 0
    refined: ScoredQuery | None = None
    pushes: tuple[Push, ...] = ()

    def __len__(self) -> int:
        """Return the number of images in the ranking."""
        return int(np.isfinite(self.scores).sum())

    def __bool__(self) -> bool:
        return True  # also a round in which all images were seen

    @property
    def summary(self) -> str:
        """How the ranking was made, and why, in one line."""
        return self.outcome.summary

    @property
    def scored_query(self) -> ScoredQuery:
        """The current query: the original one with all refinements up to this round."""
        if self.refined is not None:
            return self.refined
        if self.parent is not None:
            return self.parent.scored_query
        return ScoredQuery(self.context.vector, self.context.query_scores)

    @property
    def text(self) -> str:
        """The text of the query with the refinements up to this round; empty without any."""
        texts = [each.pushes[0].reads for each in self.path if each.pushes]
        return texts[-1] if texts else ""

    @cached_property
    def is_weak(self) -> bool | None:
        """True if nothing matches well; None if this cannot be judged."""
        calibration = self._calibration
        if calibration is None:
            return None
        return calibration.is_weak(self.outcome.scores, self.context.familiar, self._population)

    @cached_property
    def credible_set_size(self) -> int | None:
        """Number of results that contain the target with a probability of 90 %.

        Given that the collection contains it; None if not known.
        """
        return None if self._probabilities is None else credible_set_size(self._probabilities)

    @property
    def path(self) -> "list[Round]":
        """The rounds that led here, from the first to this one."""
        path, before = [self], self.parent
        while before is not None:
            path.append(before)
            before = before.parent
        return path[::-1]

    def current_marks(self) -> dict[int, CurrentMark]:
        """Return the marks of this round and those before, by image."""
        return merge_marks((each.number, each.marks) for each in self.path)

    def results(self, start: int = 0, count: int = PAGE) -> list[Result]:
        """Return some results, best first; fewer if there are fewer or if images were removed.

        Args:
            start: position of the first result, from 0.
            count: number of results.

        Raises:
            InputError: a number is negative.
        """
        places = self.places(start, count)
        self.read = max(self.read, start + len(places))
        ids = self.context.images.table.ids[places].tolist()
        paths, marks = self.context.paths(ids), self.current_marks()
        previous = self.parent.ranks(places) if self.parent else [None] * len(places)
        moves = [(old or rank) - rank for rank, old in enumerate(previous, start + 1)]
        by_marks = mark_influences(self.context.images, places, self.marks_used, moves)
        by_terms = term_influences(self.pushes, places, moves)
        seen = np.isin(places, self.viewed_places)
        scores = self.scores[places].tolist()
        known, expanded = self._probabilities, self.context.expanded_scores
        probabilities = [None] * len(ids) if known is None else known[places].tolist()
        return [
            Result(
                hit=Hit(start + at + 1, id_, scores[at], paths[id_]),
                previous_rank=previous[at],
                mark=marks[id_].kind if id_ in marks else None,
                seen=bool(seen[at]),
                mark_influences=by_marks[at],
                term_influences=by_terms[at],
                probability=probabilities[at],
                matched_via=() if expanded is None else expanded.through(int(places[at])),
            )
            for at, id_ in enumerate(ids)
            if id_ in paths
        ]

    def count_viewed(self, shown: int | None) -> int:
        """Return the number of results viewed: ``shown``, or what was read, or one page."""
        return (self.read or min(PAGE, len(self))) if shown is None else int(shown)

    def places(self, start: int, count: int) -> Places:
        """Return the row numbers of some results in the matrix, best first: int64.

        Raises:
            InputError: a number is negative.
        """
        if start < 0 or count < 0:
            raise InputError(f"Results are read from 0 on, 0 or more, not {start} and {count}.")
        end = min(start + count, len(self))
        order = self._head if end <= len(self._head) else self._order
        return order[start:end]

    def ids(self, start: int, count: int) -> list[int]:
        """Return the ids of some results, best first.

        Raises:
            InputError: a number is negative.
        """
        ids: list[int] = self.context.images.table.ids[self.places(start, count)].tolist()
        return ids

    def rank(self, id_: int) -> int | None:
        """Return the rank of an image, from 1; None if it is left out or unknown."""
        return self.ranks_of([id_])[0]

    def ranks_of(self, ids: Sequence[int]) -> list[int | None]:
        """Return the rank of each image, from 1; None if it is left out or unknown."""
        table = self.context.images.table
        known = table.filter_known(ids)
        ranks = self.ranks(table.positions(np.array(known, dtype=np.int64)))
        found = dict(zip(known, ranks, strict=True))
        return [found.get(id_) for id_ in ids]

    def ranks(self, places: Sequence[int] | Places) -> list[int | None]:
        """Return the rank of the image at each row number, from 1; None if it is left out.

        Row numbers of a later round may be beyond the images that were in memory here.
        """
        head = {place: rank for rank, place in enumerate(self._head.tolist(), start=1)}
        return [head.get(int(place)) or _rank(self.scores, int(place)) for place in places]

    @cached_property
    def scores(self) -> Scores:
        """Scores of all images: float32 ``(n,)``; minus infinity if an image is left out."""
        scores = self.outcome.scores
        if len(self.hidden):
            scores = scores.copy()
            scores[self.hidden] = -np.inf
        return scores

    @cached_property
    def viewed_places(self) -> Places:
        """Row numbers of the results viewed in earlier rounds: int64, maybe with duplicates."""
        viewed = [each.parent.places(0, each.shown) for each in self.path if each.parent]
        return np.concatenate([NO_PLACES, *viewed])

    @property
    def _population(self) -> PopulationSample | None:
        return self.context.images.table.population

    @property
    def _calibration(self) -> Calibration | None:
        """Calibration of the query scores, which are the scores of the first round only."""
        return None if self.parent else self.context.calibration

    @cached_property
    def _probabilities(self) -> Probabilities | None:
        calibration = self._calibration
        if calibration is None:
            return None
        return calibration.probabilities(self.outcome.scores, self._population)

    @cached_property
    def _head(self) -> Places:
        count = min(HEAD, len(self))
        return best(self.scores[np.newaxis], count)[0] if count else NO_PLACES

    @cached_property
    def _order(self) -> Places:
        return np.argsort(-self.scores, kind="stable")[: len(self)]


def _rank(scores: Scores, place: int) -> int | None:
    """Return a rank by counting higher scores, which is faster than sorting for a few images."""
    if place >= len(scores) or not np.isfinite(scores[place]):
        return None
    ahead = np.count_nonzero(scores > scores[place])
    return 1 + int(ahead + np.count_nonzero(scores[:place] == scores[place]))
