"""Why an image rose or fell: the marks that it is most like, and the words that were added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from firs.calibration import Calibration
from firs.calibration.calibration import Probabilities, credible_set_size
from firs.errors import InputError
from firs.expansion import ExpansionMatch
from firs.feedback import CentredEmbeddings, FeedbackResult
from firs.feedback.base import NO_PLACES, Places, Scores
from firs.feedback.pseudo import best
from firs.ranking import Hit
from firs.search.matrix import PopulationSample
from firs.session.context import Question, SearchContext
from firs.session.events import CurrentMark, Kind, Marks, current_marks

MOST = 3
LEAST = 0.5
"""Spreads of likeness; what is less like a mark was not moved by it."""


@dataclass(frozen=True, slots=True, eq=False)
class Push:
    """The scores of added words for all images.

    Args:
        text: the words.
        reads: the query as it reads with them.
        scores: float32 ``(n,)``, what they add to each image's score.
    """

    text: str
    reads: str
    scores: Scores


@dataclass(frozen=True, slots=True)
class MarkInfluence:
    """A mark that moved an image.

    Args:
        id: the image that was marked.
        mark: as what.
        weight: how like it the moved image is, in spreads; negative where it pushed it down.
    """

    id: int
    mark: Kind
    weight: float


@dataclass(frozen=True, slots=True)
class TermInfluence:
    """Added words that moved an image.

    Args:
        text: the words.
        weight: by how many spreads of scores they pulled it up, or pushed it down.
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
    told = []
    for place, move in zip(places.tolist(), moves, strict=True):
        found = [TermInfluence(each.text, float(each.scores[place])) for each in pushes]
        pulled = [each for each in found if each.weight * move > 0]
        told.append(tuple(sorted(pulled, key=lambda each: -abs(each.weight))[:MOST]))
    return told


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
        marks: position of a marked image → its mark.
        moves: change of rank of each of the ``m`` images; positive if it rose, 0 if unchanged or
            new.
    """
    ids = np.array(list(marks), dtype=np.int64)
    if not len(ids) or not len(places):
        return [() for _ in places]
    signs = np.array([-1 if mark.kind == "irrelevant" else 1 for mark in marks.values()])
    like = images.directions(places) @ images.directions(images.table.positions(ids)).T
    weights = signs * np.maximum(like / images.spread, 0)
    return [
        _strongest(ids, marks, row if move >= 0 else -row, 1 if move >= 0 else -1)
        for row, move in zip(weights, moves, strict=True)
    ]


def _strongest(
    ids: Places, marks: Mapping[int, CurrentMark], pulls: np.ndarray, sign: int
) -> tuple[MarkInfluence, ...]:
    order = np.argsort(-pulls, kind="stable")[:MOST]
    return tuple(
        MarkInfluence(int(ids[at]), marks[int(ids[at])].kind, sign * float(pulls[at]))
        for at in order
        if pulls[at] >= LEAST
    )


PAGE = 20
HEAD = 1_000
"""Results that are found without sorting all images."""


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
    refined: Question | None = None
    pushes: tuple[Push, ...] = ()

    def __len__(self) -> int:
        """How many images are in the ranking."""
        return int(np.isfinite(self.scores).sum())

    def __bool__(self) -> bool:
        return True  # a round in which everything was seen is still one

    @property
    def summary(self) -> str:
        """What was done to get here, and why, in one line."""
        return self.outcome.summary

    @property
    def question(self) -> Question:
        """The current query: the original one with all refinements up to this round."""
        if self.refined is not None:
            return self.refined
        return self.context.question if self.parent is None else self.parent.question

    @property
    def text(self) -> str:
        """The query as it reads by the refinements that led here; empty where there are none."""
        texts = [each.pushes[0].reads for each in self.path if each.pushes]
        return texts[-1] if texts else ""

    @cached_property
    def is_weak(self) -> bool | None:
        """True if nothing matches well; None if this cannot be judged."""
        calibration = self._calibration
        return (
            None
            if calibration is None
            else calibration.is_weak(self.outcome.scores, self.context.familiar, self._whole)
        )

    @cached_property
    def credible_set_size(self) -> int | None:
        """Number of results that contain the target with a probability of 90 %.

        Given that the collection contains it; None if not known.
        """
        return None if self._chances is None else credible_set_size(self._chances)

    @property
    def path(self) -> "list[Round]":
        """The rounds that led here, the first first, this one last."""
        path, before = [self], self.parent
        while before is not None:
            path.append(before)
            before = before.parent
        return path[::-1]

    def standing(self) -> dict[int, CurrentMark]:
        """All marks that hold here, by image."""
        return current_marks((each.number, each.marks) for each in self.path)

    def results(self, start: int = 0, count: int = PAGE) -> list[Result]:
        """Some results, best first; fewer where there are fewer, or where images were removed.

        Args:
            start: from 0.
            count: how many.

        Raises:
            InputError: one of the two is negative.
        """
        places = self.places(start, count)
        self.read = max(self.read, start + len(places))
        ids = self.context.images.table.ids[places].tolist()
        paths = self.context.paths(ids)
        held, before = self.standing(), self._before(places)
        moves = [(old or rank) - rank for rank, old in enumerate(before, start + 1)]
        why = mark_influences(self.context.images, places, self.marks_used, moves)
        words = term_influences(self.pushes, places, moves)
        seen = np.isin(places, self.viewed_places)
        scores = self.scores[places].tolist()
        chances = None if self._chances is None else self._chances[places].tolist()
        through = [self._through(place) for place in places.tolist()]
        return [
            Result(
                Hit(start + at + 1, id_, scores[at], paths[id_]),
                before[at],
                held[id_].kind if id_ in held else None,
                bool(seen[at]),
                why[at],
                words[at],
                chances and chances[at],
                through[at],
            )
            for at, id_ in enumerate(ids)
            if id_ in paths
        ]

    def count_viewed(self, shown: int | None) -> int:
        """Return how many results were viewed: ``shown``, or what was read, or one page."""
        return (self.read or min(PAGE, len(self))) if shown is None else int(shown)

    def places(self, start: int, count: int) -> Places:
        """Places in the table of some results, best first: int64.

        Raises:
            InputError: a number is negative.
        """
        if start < 0 or count < 0:
            raise InputError(f"Results are read from 0 on, 0 or more, not {start} and {count}.")
        end = min(start + count, len(self))
        order = self._head if end <= len(self._head) else self._all
        return order[start:end]

    def rank(self, id_: int) -> int | None:
        """The rank of an image here, from 1; None for one that is left out or unknown."""
        return self.ranks_of([id_])[0]

    def ranks_of(self, ids: Sequence[int]) -> list[int | None]:
        """The rank of each of some images here, from 1; None for one left out or unknown."""
        table = self.context.images.table
        known = table.filter_known(ids)
        ranks = self.ranks(table.positions(np.array(known, dtype=np.int64)))
        found = dict(zip(known, ranks, strict=True))
        return [found.get(id_) for id_ in ids]

    def ranks(self, places: Sequence[int] | Places) -> list[int | None]:
        """The rank of each of some images here, from 1; None for one that is left out.

        Places of a round that follows from this one may be beyond all that were at hand here.
        """
        known = {place: rank for rank, place in enumerate(self._head.tolist(), start=1)}
        return [known.get(int(place)) or _rank(self.scores, int(place)) for place in places]

    def _through(self, place: int) -> tuple[ExpansionMatch, ...]:
        applied = self.context.expanded_scores
        return () if applied is None else applied.through(place)

    def _before(self, places: Places) -> Sequence[int | None]:
        return self.parent.ranks(places) if self.parent else [None] * len(places)

    @cached_property
    def scores(self) -> Scores:
        """float32 ``(n,)``, of all images; minus infinity where one is left out."""
        scores = self.outcome.scores
        if len(self.hidden):
            scores = scores.copy()
            scores[self.hidden] = -np.inf
        return scores

    @cached_property
    def _chances(self) -> Probabilities | None:
        calibration = self._calibration
        if calibration is None:
            return None
        return calibration.probabilities(self.outcome.scores, self._whole)

    @property
    def _whole(self) -> PopulationSample | None:
        """What the images in memory represent."""
        return self.context.images.table.population

    @property
    def _calibration(self) -> Calibration | None:
        """Calibration of the query scores, which are the scores of the first round only."""
        return None if self.parent else self.context.calibration

    @cached_property
    def _head(self) -> Places:
        count = min(HEAD, len(self))
        return best(self.scores[np.newaxis], count)[0] if count else NO_PLACES

    @cached_property
    def _all(self) -> Places:
        return np.argsort(-self.scores, kind="stable")[: len(self)]

    @cached_property
    def viewed_places(self) -> Places:
        """What the rounds before showed: int64, the oldest first, some perhaps twice."""
        shown = [each.parent.places(0, each.shown) for each in self.path if each.parent]
        return np.concatenate([NO_PLACES, *shown])


def _rank(scores: Scores, place: int) -> int | None:
    """Return a rank by counting higher scores, which is faster than sorting for a few images."""
    if place >= len(scores) or not np.isfinite(scores[place]):
        return None
    ahead = np.count_nonzero(scores > scores[place])
    return 1 + int(ahead + np.count_nonzero(scores[:place] == scores[place]))
