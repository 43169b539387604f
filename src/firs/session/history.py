"""A round and a step from it → the next round."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from firs.collection.sessions import Journal
from firs.errors import InputError
from firs.feedback import FeedbackInput, FeedbackResult, Page, open_feedback
from firs.feedback.base import Places
from firs.search.searcher import Vector
from firs.session.context import Question, SearchContext, by_marks, by_words, pad_scores, with_marks
from firs.session.events import CurrentMark, Event, Mark, Marks, Next, Refine, Step, from_base64
from firs.session.refinement import fuse_scores, move_query, refine_question, term_scores
from firs.session.round import Push, Round

SEARCH, REFINE = "search", "refine"

_Key: TypeAlias = tuple[int, tuple[int, ...], tuple[int, ...]]
"""How much of a round was looked at, and its ticks and crosses: what makes a page another one."""


def first_round(ground: SearchContext) -> Round:
    """What the query alone finds."""
    verdict = FeedbackResult(ground.query_scores, "the query alone")
    return Round(0, None, SEARCH, 1.0, 0, verdict, ground)


class Stepping:
    """Makes the rounds of one session; keeps pages, so that what methods keep of them lasts."""

    def __init__(self, ground: SearchContext) -> None:
        self._ground = ground
        self._pages: WeakKeyDictionary[Round, dict[_Key, Page]] = WeakKeyDictionary()

    def step(self, event: Step, after: Round, number: int) -> Round:
        """The round that a step leads to.

        Raises:
            InputError: there is no such method or strength, the method needs more images, or a
                vector is none of this ground.
        """
        if isinstance(event, Refine):
            return self._refine(event, after, number)
        method = open_feedback(event.method, event.strength)
        held = after.standing()
        reads = method.reads_marks and method.strength > 0
        ground = with_marks(after.context, held)
        if reads:
            ground = by_marks(ground, after.question.vector, held, event.strength)
        verdict = method.rerank(self._evidence(event, after, held, ground), ground.images)
        if np.isnan(verdict.scores).any():
            raise InputError(f"The method {event.method!r} gave a score that is no number.")
        bare = self._bare(event, after, number, event.method, verdict, ground)
        return replace(bare, marks_used=held if reads else {})

    def step_again(self, event: Step, after: Round, number: int) -> Round:
        """The round of a step that was taken before; where it no longer can be the ranking stays.

        Raises:
            InputError: there is no such method or strength.
        """
        name = REFINE if isinstance(event, Refine) else event.method
        if isinstance(event, Next):
            open_feedback(event.method, event.strength)
        try:
            return self.step(event, after, number)
        except InputError as error:
            told = f"{name} could not be done again, so the ranking stays: {error}"
            ground = with_marks(after.context, after.standing())
            verdict = replace(after.outcome, summary=told)
            return self._bare(event, after, number, name, verdict, ground)

    def _refine(self, event: Refine, after: Round, number: int) -> Round:
        """What was there, fused with what is added; feedback goes on from both."""
        vectors = [self._vector(each.vector) for each in event.terms]
        weights = [event.strength * each.weight for each in event.terms]
        ground = with_marks(after.context, after.standing())
        ground = by_words(ground, after.question.vector, vectors, weights)
        images, question = ground.images, self._question(after, ground)
        pushes = tuple(
            Push(each.text, event.text, term_scores(images, vector, weight))
            for each, vector, weight in zip(event.terms, vectors, weights, strict=True)
        )
        whole, before = images.table.population, _longer(after.outcome, len(images))
        requested = refine_question(question, pushes, vectors, weights, whole)
        scores = fuse_scores(before.scores, [each.scores for each in pushes], whole=whole)
        old = before.query_vector
        new = None if old is None else move_query(old, vectors, weights)
        verdict = FeedbackResult(scores, _describe(event), new)
        bare = self._bare(event, after, number, REFINE, verdict, ground)
        return replace(bare, refined=requested, pushes=pushes)

    def _vector(self, told: str) -> Vector:
        try:
            vector = from_base64(told)
        except ValueError as error:
            raise InputError(f"A vector of the refinement cannot be read ({error}).") from error
        if vector.shape != (self._ground.images.table.dim,):
            raise InputError("A vector of the refinement is not of this encoder.")
        return vector

    def _bare(
        self,
        event: Step,
        after: Round,
        number: int,
        method: str,
        verdict: FeedbackResult,
        ground: SearchContext,
    ) -> Round:
        return Round(
            number=number,
            parent=after,
            method=method,
            strength=event.strength,
            shown=event.shown,
            outcome=_longer(verdict, len(ground.images)),
            context=ground,
            hidden=_hidden(event, after, ground),
        )

    def _evidence(
        self, event: Step, after: Round, held: Mapping[int, CurrentMark], ground: SearchContext
    ) -> FeedbackInput:
        path = after.path
        shown = [each.shown for each in path[1:]] + [event.shown]
        pages = [
            self._page(each, count, held, ground) for each, count in zip(path, shown, strict=True)
        ]
        question, last = self._question(after, ground), _longer(after.outcome, len(ground.images))
        return FeedbackInput(question.vector, question.query_scores, last, pages)

    def _question(self, after: Round, ground: SearchContext) -> Question:
        """Return the query of a round, with scores for all images in memory."""
        if all(each.refined is None for each in after.path):
            return ground.question
        requested = after.question
        return replace(
            requested, query_scores=pad_scores(requested.query_scores, len(ground.images))
        )

    def _page(
        self, round_: Round, shown: int, held: Mapping[int, CurrentMark], ground: SearchContext
    ) -> Page:
        """What was looked at of a round, with the marks that were given there and still hold."""
        here = {id_: mark.kind for id_, mark in held.items() if mark.round == round_.number}
        ticks = tuple(id_ for id_, kind in here.items() if kind != "irrelevant")
        crosses = tuple(id_ for id_, kind in here.items() if kind == "irrelevant")
        pages = self._pages.setdefault(round_, {})
        key = (shown, ticks, crosses)
        if key not in pages:
            places = round_.places(0, shown), _places(ticks, ground), _places(crosses, ground)
            pages[key] = Page(*places)
        return pages[key]


def _places(ids: Sequence[int], ground: SearchContext) -> Places:
    return ground.images.table.positions(np.array(ids, dtype=np.int64))


def _hidden(event: Step, after: Round, ground: SearchContext) -> Places:
    """Return the images to hide: crossed ones, and seen ones unless they are shown again."""
    held = after.standing()
    crossed = [id_ for id_, mark in held.items() if mark.kind == "irrelevant"]
    if event.again:
        return _places(crossed, ground)
    found = [id_ for id_, mark in held.items() if mark.kind == "found"]
    seen = np.concatenate([after.viewed_places, after.places(0, event.shown)])
    return np.union1d(_places(crossed, ground), np.setdiff1d(seen, _places(found, ground)))


def _longer(verdict: FeedbackResult, count: int) -> FeedbackResult:
    """Extend the scores to all images in memory; new images tie for the last place."""
    if len(verdict.scores) == count:
        return verdict
    return replace(verdict, scores=pad_scores(verdict.scores, count))


def _describe(event: Refine) -> str:
    added = ", ".join(f"{'+' if each.weight > 0 else '−'} {each.text}" for each in event.terms)
    return f"also searched for {added} ({event.by}); your query still counts"


Outcome: TypeAlias = Round | Marks
"""Result of an event: a new round, or the new marks of its round."""


class History:
    """Rounds by number, and the one one is at.

    Args:
        ground: what is searched.
        events: what happened before; images that are gone are left out of its marks, and a step
            that can no longer be taken leaves the ranking as it was.

    Raises:
        InputError: an event cannot have happened.
    """

    def __init__(self, ground: SearchContext, events: Iterable[Event] = ()) -> None:
        self._ground = ground
        self._stepping = Stepping(ground)
        self.events: list[Event] = []
        self.rounds = [first_round(ground)]
        self.at = 0
        for event in events:
            self.take_in(event, self._again(event))

    def round(self, number: int | None = None) -> Round:
        """The round of a number; without one, the round one is at.

        Raises:
            InputError: there is no such round.
        """
        at = self.at if number is None else number
        if not 0 <= at < len(self.rounds):
            raise InputError(
                f"The session has no round {at}; its rounds are 0 to {len(self.rounds) - 1}."
            )
        return self.rounds[at]

    def outcome(self, event: Event) -> Outcome:
        """What an event would lead to; nothing has happened yet.

        Raises:
            InputError: it cannot happen.
        """
        at = self.round(event.round)
        if isinstance(event, Mark):
            return at.marks.and_then(self._here(event))
        return self._stepping.step(event, at, len(self.rounds))

    def take_in(self, event: Event, outcome: Outcome) -> None:
        """Let an event have happened."""
        self.events.append(event)
        if isinstance(outcome, Round):
            self.rounds.append(outcome)
            self.at = outcome.number
        else:
            self.rounds[event.round].marks = outcome
            self.at = event.round

    def take_back(self) -> None:
        """Let the last event not have happened."""
        event = self.events.pop()
        if isinstance(event, Mark):
            self.rounds[event.round].marks = self._marks_of(event.round)
        else:
            self.rounds.pop()
        self.at = event.round

    def follow(self, events: Sequence[Event]) -> None:
        """Become the history of other events: take back, and take in, only what differs.

        Raises:
            InputError: an event cannot have happened.
        """
        pairs = zip(self.events, events, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        while len(self.events) > same:
            self.take_back()
        for event in events[same:]:
            self.take_in(event, self._again(event))

    def up_to(self, last: Round) -> list[Event]:
        """Return the events that led to a round, with renumbered rounds and the marks given."""
        numbers = {each.number: at for at, each in enumerate(last.path)}
        made = iter(self.rounds[1:])
        events: list[Event] = []
        for event in self.events:
            leads_on = isinstance(event, Mark) or next(made).number in numbers
            if leads_on and event.round in numbers:
                events.append(replace(event, round=numbers[event.round]))
        return events

    def gone(self) -> set[int]:
        """The images that were marked and are no longer there."""
        marked = {id_ for event in self._marks() for id_ in event.ids()}
        return marked - {id_ for event in self._marks() for id_ in self._here(event).ids()}

    def remarks(self) -> list[str]:
        """What a person should know of the marks."""
        gone = len(self.gone())
        if not gone:
            return []
        images = "1 marked image is" if gone == 1 else f"{gone} marked images are"
        return [f"{images} no longer in the collection and left out."]

    def _again(self, event: Event) -> Outcome:
        if isinstance(event, Mark):
            return self.outcome(event)
        return self._stepping.step_again(event, self.round(event.round), len(self.rounds))

    def _marks(self) -> list[Mark]:
        return [event for event in self.events if isinstance(event, Mark)]

    def _marks_of(self, number: int) -> Marks:
        """Return the marks of a round according to all events."""
        marks = Marks()
        for event in self._marks():
            if event.round == number:
                marks = marks.and_then(self._here(event))
        return marks

    def _here(self, event: Mark) -> Mark:
        """The same of images that are there."""
        return event.subset(set(self._ground.filter_known(event.ids())))


class Unsaved:
    """Writes nothing: for sessions that end with their process."""

    def is_current(self) -> bool:
        """Return true: no other process can change the session."""
        return True

    def append(self, event: Mapping[str, Any]) -> None:
        """Do nothing."""

    def pop(self) -> None:
        """Do nothing."""

    def fork(
        self, document: Mapping[str, Any], events: Sequence[Mapping[str, Any]]
    ) -> tuple[str, Journal]:
        """Return a journal that is not saved either."""
        del document, events
        return "", Unsaved()
