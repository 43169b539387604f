"""The events of a session and the rounds that they lead to; a round and an event → the next."""

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
from firs.session.context import (
    ScoredQuery,
    SearchContext,
    expand_by_marks,
    expand_by_terms,
    pad_scores,
)
from firs.session.events import CurrentMark, Event, Mark, Marks, Next, Refine, Step, from_base64
from firs.session.refinement import fuse_scores, move_query, term_scores
from firs.session.round import Push, Round

SEARCH, REFINE = "search", "refine"

Outcome: TypeAlias = Round | Marks
"""Result of an event: a new round, or the new marks of its round."""

_PageKey: TypeAlias = tuple[int, tuple[int, ...], tuple[int, ...]]
"""Number of results viewed, relevant images and irrelevant images."""


def first_round(context: SearchContext) -> Round:
    """Return the round of the query alone."""
    result = FeedbackResult(context.query_scores, "the query alone")
    return Round(0, None, SEARCH, 1.0, 0, result, context)


class RoundBuilder:
    """Builds the rounds of one session.

    It caches the pages, and with them what feedback methods have computed for a page.
    """

    def __init__(self) -> None:
        self._pages: WeakKeyDictionary[Round, dict[_PageKey, Page]] = WeakKeyDictionary()

    def build(self, event: Step, after: Round, number: int) -> Round:
        """Return the round that a step leads to.

        Raises:
            InputError: the method or the strength is invalid, the method needs more images, or a
                vector is not of the session's encoder.
        """
        if isinstance(event, Refine):
            return _refine(event, after, number)
        method = open_feedback(event.method, event.strength)
        marks = after.current_marks()
        reads_marks = method.reads_marks and method.strength > 0
        context = after.context
        if context.remote is not None:
            context = context.expand_shortlist(ids=list(marks))
            if reads_marks:
                context = expand_by_marks(context, after.scored_query.vector, marks, event.strength)
        result = method.rerank(self._feedback_input(event, after, marks, context), context.images)
        if np.isnan(result.scores).any():
            raise InputError(f"The method {event.method!r} gave a score that is no number.")
        made = _next_round(event, after, number, event.method, result, context)
        return replace(made, marks_used=marks if reads_marks else {})

    def rebuild(self, event: Step, after: Round, number: int) -> Round:
        """Return the round of a stored step; the ranking stays if the step is no longer possible.

        Raises:
            InputError: the method or the strength is invalid.
        """
        name = REFINE if isinstance(event, Refine) else event.method
        if isinstance(event, Next):
            open_feedback(event.method, event.strength)
        try:
            return self.build(event, after, number)
        except InputError as error:
            summary = f"{name} could not be done again, so the ranking stays: {error}"
            context = after.context.expand_shortlist(ids=list(after.current_marks()))
            result = replace(after.outcome, summary=summary)
            return _next_round(event, after, number, name, result, context)

    def _feedback_input(
        self, event: Next, after: Round, marks: Mapping[int, CurrentMark], context: SearchContext
    ) -> FeedbackInput:
        path = after.path
        viewed = [each.shown for each in path[1:]] + [event.shown]
        pages = [
            self._page(each, count, marks, context)
            for each, count in zip(path, viewed, strict=True)
        ]
        query, previous = _scored_query(after, context), _pad(after.outcome, context)
        return FeedbackInput(query.vector, query.query_scores, previous, pages)

    def _page(
        self, round_: Round, count: int, marks: Mapping[int, CurrentMark], context: SearchContext
    ) -> Page:
        """Return the viewed results of a round, with the current marks that were given there."""
        kinds = {id_: mark.kind for id_, mark in marks.items() if mark.round == round_.number}
        relevant = tuple(id_ for id_, kind in kinds.items() if kind != "irrelevant")
        irrelevant = tuple(id_ for id_, kind in kinds.items() if kind == "irrelevant")
        pages, key = self._pages.setdefault(round_, {}), (count, relevant, irrelevant)
        if key not in pages:
            pages[key] = Page(
                round_.places(0, count), _places(relevant, context), _places(irrelevant, context)
            )
        return pages[key]


def _refine(event: Refine, after: Round, number: int) -> Round:
    """Fuse the previous scores with those of added terms; feedback continues from both."""
    vectors = [_read_vector(each.vector, after.context) for each in event.terms]
    weights = [event.strength * each.weight for each in event.terms]
    context = after.context.expand_shortlist(ids=list(after.current_marks()))
    context = expand_by_terms(context, after.scored_query.vector, vectors, weights)
    pushes = tuple(
        Push(each.text, event.text, term_scores(context.images, vector, weight))
        for each, vector, weight in zip(event.terms, vectors, weights, strict=True)
    )
    added, population = [each.scores for each in pushes], context.images.table.population
    query, previous = _scored_query(after, context), _pad(after.outcome, context)
    refined = ScoredQuery(
        move_query(query.vector, vectors, weights),
        fuse_scores(query.query_scores, added, whole=population),
    )
    old = previous.query_vector
    result = FeedbackResult(
        fuse_scores(previous.scores, added, whole=population),
        _describe(event),
        None if old is None else move_query(old, vectors, weights),
    )
    made = _next_round(event, after, number, REFINE, result, context)
    return replace(made, refined=refined, pushes=pushes)


def _describe(event: Refine) -> str:
    added = ", ".join(f"{'+' if each.weight > 0 else '−'} {each.text}" for each in event.terms)
    return f"also searched for {added} ({event.by}); your query still counts"


def _read_vector(text: str, context: SearchContext) -> Vector:
    try:
        vector = from_base64(text)
    except ValueError as error:
        raise InputError(f"A vector of the refinement cannot be read ({error}).") from error
    if vector.shape != (context.images.table.dim,):
        raise InputError("A vector of the refinement is not of this encoder.")
    return vector


def _next_round(
    event: Step,
    after: Round,
    number: int,
    method: str,
    result: FeedbackResult,
    context: SearchContext,
) -> Round:
    return Round(
        number=number,
        parent=after,
        method=method,
        strength=event.strength,
        shown=event.shown,
        outcome=_pad(result, context),
        context=context,
        hidden=_hidden(event, after, context),
    )


def _scored_query(after: Round, context: SearchContext) -> ScoredQuery:
    """Return the query of a round, with scores for all images in memory."""
    if all(each.refined is None for each in after.path):
        return ScoredQuery(context.vector, context.query_scores)
    scores = pad_scores(after.scored_query.query_scores, len(context.images))
    return replace(after.scored_query, query_scores=scores)


def _pad(result: FeedbackResult, context: SearchContext) -> FeedbackResult:
    """Extend the scores to all images in memory; new images tie for the last place."""
    if len(result.scores) == len(context.images):
        return result
    return replace(result, scores=pad_scores(result.scores, len(context.images)))


def _hidden(event: Step, after: Round, context: SearchContext) -> Places:
    """Return the images to hide: irrelevant ones, and seen ones unless they are shown again."""
    marks = after.current_marks()
    irrelevant = [id_ for id_, mark in marks.items() if mark.kind == "irrelevant"]
    if event.again:
        return _places(irrelevant, context)
    found = [id_ for id_, mark in marks.items() if mark.kind == "found"]
    seen = np.concatenate([after.viewed_places, after.places(0, event.shown)])
    return np.union1d(_places(irrelevant, context), np.setdiff1d(seen, _places(found, context)))


def _places(ids: Sequence[int], context: SearchContext) -> Places:
    return context.images.table.positions(np.array(ids, dtype=np.int64))


class History:
    """Events and rounds of a session, and the current round.

    Args:
        context: the search context.
        events: earlier events. Marks of images that no longer exist are dropped, and a step that is
            no longer possible leaves the ranking unchanged.

    Raises:
        InputError: an event is invalid.
    """

    def __init__(self, context: SearchContext, events: Iterable[Event] = ()) -> None:
        self._context = context
        self._builder = RoundBuilder()
        self.events: list[Event] = []
        self.rounds = [first_round(context)]
        self.at = 0
        self.missing_images: set[int] = set()
        """Ids of marked images that no longer exist."""
        for event in events:
            self.apply(event, self._replay(event))

    def round(self, number: int | None = None) -> Round:
        """Return a round by its number; default the current one.

        Raises:
            InputError: there is no such round.
        """
        at = self.at if number is None else number
        if not 0 <= at < len(self.rounds):
            raise InputError(
                f"The session has no round {at}; its rounds are 0 to {len(self.rounds) - 1}."
            )
        return self.rounds[at]

    def preview(self, event: Event) -> Outcome:
        """Return the outcome of an event without applying it.

        Raises:
            InputError: the event is invalid.
        """
        at = self.round(event.round)
        if isinstance(event, Mark):
            return at.marks.apply(self._without_missing(event))
        return self._builder.build(event, at, len(self.rounds))

    def apply(self, event: Event, outcome: Outcome) -> None:
        """Add an event with its outcome."""
        self.events.append(event)
        if isinstance(outcome, Round):
            self.rounds.append(outcome)
            self.at = outcome.number
        else:
            self.rounds[event.round].marks = outcome
            self.at = event.round
            self.missing_images |= self._find_missing([event])

    def revert(self) -> None:
        """Remove the last event and its outcome."""
        event = self.events.pop()
        if isinstance(event, Mark):
            marks = Marks()
            for each in self._marks():
                if each.round == event.round:
                    marks = marks.apply(self._without_missing(each))
            self.rounds[event.round].marks = marks
            self.missing_images = self._find_missing(self._marks())
        else:
            self.rounds.pop()
        self.at = event.round

    def synchronise(self, events: Sequence[Event]) -> None:
        """Change to another list of events: revert and apply only what differs.

        Raises:
            InputError: an event is invalid.
        """
        pairs = zip(self.events, events, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        while len(self.events) > same:
            self.revert()
        for event in events[same:]:
            self.apply(event, self._replay(event))

    def events_until(self, last: Round) -> list[Event]:
        """Return the events that led to a round, with renumbered rounds and the marks given."""
        numbers = {each.number: at for at, each in enumerate(last.path)}
        made = iter(self.rounds[1:])
        events: list[Event] = []
        for event in self.events:
            leads_on = isinstance(event, Mark) or next(made).number in numbers
            if leads_on and event.round in numbers:
                events.append(replace(event, round=numbers[event.round]))
        return events

    def _find_missing(self, events: Iterable[Event]) -> set[int]:
        marked = {id_ for event in events if isinstance(event, Mark) for id_ in event.ids()}
        return marked - set(self._context.filter_known(sorted(marked)))

    def warnings(self) -> list[str]:
        """Return messages about the marks for the user."""
        missing = len(self.missing_images)
        if not missing:
            return []
        images = "1 marked image is" if missing == 1 else f"{missing} marked images are"
        return [f"{images} no longer in the collection and left out."]

    def _replay(self, event: Event) -> Outcome:
        if isinstance(event, Mark):
            return self.preview(event)
        return self._builder.rebuild(event, self.round(event.round), len(self.rounds))

    def _marks(self) -> list[Mark]:
        return [event for event in self.events if isinstance(event, Mark)]

    def _without_missing(self, event: Mark) -> Mark:
        return event.subset(set(self._context.filter_known(event.ids())))


class UnsavedJournal:
    """A journal that stores nothing, for sessions that end with their process."""

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
        return "", UnsavedJournal()
