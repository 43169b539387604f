"""A retrieval session: a query, its rounds, and navigation between them.

>>> session = Session.start(photos, "a dog on a beach")  # doctest: +SKIP
>>> session.mark(relevant=[7, 12], irrelevant=[3])  # doctest: +SKIP
>>> print(session.next().summary)  # doctest: +SKIP
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any

from firs.collection.sessions import Journal
from firs.errors import InputError
from firs.feedback import DEFAULT as DEFAULT_METHOD
from firs.query import Query, text
from firs.refinement import BANK, TERMS, Settings, Suggestion
from firs.search import DEFAULT as DEFAULT_STRATEGY
from firs.session.compare import Comparison, compare_rounds, run_lines
from firs.session.context import SearchContext, build_search_context
from firs.session.document import (
    context_to_json,
    is_outdated,
    restore_events,
    restore_search_context,
)
from firs.session.events import Event, Mark, Marks, Next, event_to_json
from firs.session.history import History, UnsavedJournal
from firs.session.refinement import (
    STRENGTH,
    Refinement,
    RefinementTask,
    encode_suggestion,
    prepare_refinement,
)
from firs.session.round import Round

if TYPE_CHECKING:
    from firs.collection import Collection


class Session:
    """A query and its rounds: a tree, since any round can be continued.

    Created by ``Session.start``, ``Session.open`` and ``Session.replay``. Every change is saved in
    the collection before a call returns. A session uses the images that existed at its start; new
    images are found when the session is opened again.

    Args:
        context: the search context.
        journal: storage of the events.
        id: id of the saved session; empty if it is not saved.
        events: the events so far. Marks of images that no longer exist are dropped, and a step that
            cannot be repeated leaves the ranking unchanged.
        warnings: messages for the user.
        collection: the collection, to read images and captions.

    Raises:
        InputError: an event is invalid.
    """

    def __init__(
        self,
        context: SearchContext,
        journal: Journal | None = None,
        id: str = "",  # noqa: A002
        events: Iterable[Event] = (),
        warnings: Sequence[str] = (),
        collection: "Collection | None" = None,
    ) -> None:
        self.id = id
        self._collection = collection
        self._context = context
        self._journal = journal or UnsavedJournal()
        self._history = History(context, events)
        self._warnings = tuple(warnings)

    @classmethod
    def start(
        cls,
        collection: "Collection",
        query: str | Query,
        *,
        strategy: str = DEFAULT_STRATEGY,
        encoder: str | None = None,
        use_calibration: bool = True,
        use_expansion: bool = True,
    ) -> "Session":
        """Start a new session.

        Args:
            collection: the collection to search.
            query: a text, or a query made of ``text`` and ``like``.
            strategy: how a query of several terms is searched (see ``firs.search``).
            encoder: the encoder to search with; default that of the collection.
            use_calibration: whether to correct text scores for hubness, if the collection is
                calibrated.
            use_expansion: whether to use the captions and queries that the collection was expanded
                by.

        Raises:
            InputError: the query is empty or has no positive term, or the strategy is unknown.
            ImageError: a picture of the query cannot be read.
            CollectionNotFound: the collection is empty.
            EncoderMismatch: the collection has no embeddings of this encoder.
            StorageError: the disk is full or failing.
        """
        requested = text(query) if isinstance(query, str) else query
        with collection.limit_wait(), collection.open_searcher(encoder) as opened:
            searcher = opened.with_corrections(calibration=use_calibration, expansion=use_expansion)
            context = build_search_context(requested, searcher, collection.paths, strategy)
            return cls(context, collection=collection)._save_new(collection)

    @classmethod
    def open(cls, collection: "Collection", id: str) -> "Session":  # noqa: A002
        """Open a saved session; ``warnings`` lists what has changed in the collection since.

        Raises:
            SessionNotFound: the collection has no such session.
            InputError: the collection has no embeddings of its encoder.
            EncoderMismatch: the collection's embeddings now come from other weights.
        """
        with collection.limit_wait():
            document, events, journal = collection.sessions.open(id)
            context, warnings = restore_search_context(collection, document)
            restored = restore_events(events, document, context, collection)
            return cls(context, journal, id, restored, warnings, collection)

    @classmethod
    def replay(cls, collection: "Collection", document: Mapping[str, Any]) -> "Session":
        """Repeat an exported session as a new session.

        With the same embeddings the rounds are identical to the last bit.

        Raises:
            InputError: the document is not a session, or its events are invalid.
            EncoderMismatch: it was made with another encoder or other weights.
        """
        context, warnings = restore_search_context(collection, document)
        events = document.get("events", [])
        if not isinstance(events, Sequence):
            raise InputError("The session's events are no list; export it again.")
        restored = restore_events(events, document, context, collection)
        replayed = cls(context, None, "", restored, warnings, collection)
        return replayed._save_new(collection)

    def _save_new(self, collection: "Collection") -> "Session":
        """Save a new session in its collection, if that is writable."""
        if collection.is_writable:
            events = [event_to_json(event) for event in self._history.events]
            self.id, self._journal = collection.sessions.create(self._document, events)
        else:
            warning = "The collection cannot be written to, so this session is not saved."
            self._warnings = (*self._warnings, warning)
        return self

    @property
    def query(self) -> Query:
        """The original query."""
        return self._context.query

    @cached_property
    def summary(self) -> str:
        """The original query in words."""
        return str(self.query)

    @property
    def encoder(self) -> str:
        """Name of the encoder with the embeddings that are searched."""
        return self._context.encoder

    @property
    def warnings(self) -> tuple[str, ...]:
        """Messages for the user, for example that the collection has changed since."""
        return (*self._context.warnings, *self._warnings, *self._history.warnings())

    @property
    def rounds(self) -> tuple[Round, ...]:
        """All rounds by number, including those of abandoned branches."""
        return tuple(self._history.rounds)

    @property
    def round(self) -> Round:
        """The current round."""
        return self._history.round()

    @property
    def can_undo(self) -> bool:
        """Whether there is a mark or a step to undo."""
        return bool(self._history.events)

    def go(self, number: int) -> Round:
        """Make another round the current one; marks and steps continue from there.

        Raises:
            InputError: there is no such round.
        """
        self._history.at = self._history.round(number).number
        return self.round

    def mark(
        self,
        relevant: Iterable[int] = (),
        irrelevant: Iterable[int] = (),
        found: int | None = None,
        clear: Iterable[int] = (),
        *,
        round: int | None = None,  # noqa: A002
    ) -> Marks:
        """Mark images by their ids; a new mark replaces an older one.

        Args:
            relevant: images that match.
            irrelevant: images that do not match.
            found: the target image.
            clear: images to unmark.
            round: round on which they are marked; default the current one.

        Returns:
            All marks on that round.

        Raises:
            InputError: an id is unknown or marked as two things at once, or the round is unknown;
                nothing is marked.
            SessionConflict: another process has changed the session; nothing is marked.
            StorageError: the disk is full or failing; nothing is marked.
        """
        at = self._history.round(round)
        target = None if found is None else int(found)
        event = Mark(at.number, _ids(relevant), _ids(irrelevant), target, _ids(clear))
        if event.ids():
            with self._limit_wait():
                self._context.require(event.ids())
                self._do(event)
        return at.marks

    def next(
        self,
        method: str = DEFAULT_METHOD,
        strength: float = 1.0,
        *,
        shown: int | None = None,
        again: bool = True,
        round: int | None = None,  # noqa: A002
    ) -> Round:
        """Compute the next ranking from the marks.

        Args:
            method: a name in ``firs.feedback.FEEDBACKS``.
            strength: weight of the marks relative to the query; default 1.
            shown: number of results that were viewed; default those that were read, or one page.
            again: whether to show images again that were already seen.
            round: round to continue from; default the current one.

        Returns:
            The new round, which becomes the current one.

        Raises:
            InputError: the method or round is unknown, or a number is out of range; the session
                does not change.
            SessionConflict: another process has changed the session, which stays as it is.
            StorageError: the disk is full or failing; the session does not change.
        """
        after = self._history.round(round)
        viewed = after.count_viewed(shown)
        self._do(Next(after.number, method, float(strength), viewed, bool(again)))
        return self.round

    def prepare_refinement(
        self,
        refiner: str = TERMS,
        captioner: str = BANK,
        *,
        settings: Settings | None = None,
        round: int | None = None,  # noqa: A002
    ) -> RefinementTask:
        """Return the task of ``refine``, which can run while the session continues.

        Raises:
            InputError: the refiner, captioner or round is unknown, or the query has no text.
        """
        at = self._history.round(round)
        return prepare_refinement(self._collection, at, refiner, captioner, settings)

    def refine(
        self,
        refiner: str = TERMS,
        captioner: str = BANK,
        *,
        settings: Settings | None = None,
        round: int | None = None,  # noqa: A002
    ) -> Refinement:
        """Suggest better queries from captions of the relevant images.

        Without marks the first three results are used. Nothing changes until a suggestion is
        accepted. A failure is reported in the ``summary`` of the result.

        Args:
            refiner: a name in ``firs.refinement.REFINERS``.
            captioner: a name in ``firs.refinement.CAPTIONERS``.
            settings: of the language model; default from the environment.
            round: round to refine; default the current one.

        Raises:
            InputError: the refiner, captioner or round is unknown, or the query has no text.

        >>> for each in session.refine().suggestions:  # doctest: +SKIP
        ...     print(each.label, each.why)
        """
        return self.prepare_refinement(refiner, captioner, settings=settings, round=round).run()

    def accept(
        self,
        suggestion: Suggestion | str,
        strength: float = STRENGTH,
        *,
        by: str = "",
        shown: int | None = None,
        again: bool = True,
        round: int | None = None,  # noqa: A002
    ) -> Round:
        """Add a suggestion to the query: a new round, fused with the scores so far.

        Args:
            suggestion: one of ``refine``'s, or an edited text.
            strength: weight relative to the query so far.
            by: name of the refiner.
            shown: as for ``next``.
            again: as for ``next``.
            round: round to continue from; default the current one.

        Returns:
            The new round, which becomes the current one.

        Raises:
            InputError: the text is empty, the round is unknown, or the strength is out of range;
                the session does not change.
            SessionConflict: another process has changed the session, which stays as it is.
            StorageError: the disk is full or failing; the session does not change.
        """
        after = self._history.round(round)
        self._do(
            encode_suggestion(self._collection, after, suggestion, strength, by, shown, again=again)
        )
        return self.round

    def undo(self) -> bool:
        """Undo the last mark or step and return to its round; false if there is none.

        Raises:
            SessionConflict: another process has changed the session; nothing is undone.
            StorageError: the disk is full or failing; nothing is undone.
        """
        if not self.can_undo:
            return False
        with self._limit_wait():
            self._journal.pop()
            self._history.revert()
        return True

    def refresh(self) -> bool:
        """Load what other processes have done in this session since it was last read.

        If the collection has changed, too, all rounds are computed again.

        Returns:
            Whether there were any changes.

        Raises:
            SessionNotFound: the session was deleted.
            InputError: the collection has no embeddings of its encoder any more.
            EncoderMismatch: the collection's embeddings now come from other weights.
        """
        if self._collection is None:
            return False
        with self._limit_wait():
            if self._journal.is_current():
                return False
            document, stored, journal = self._collection.sessions.open(self.id)
            if is_outdated(self._context, self._collection):
                self._context, warnings = restore_search_context(self._collection, document)
                events = restore_events(stored, document, self._context, self._collection)
                self._history, self._warnings = History(self._context, events), tuple(warnings)
            else:
                self._history.synchronise(
                    restore_events(stored, document, self._context, self._collection)
                )
            self._journal = journal
        return True

    def branch(self, round: int | None = None) -> "Session":  # noqa: A002
        """Start a new session with the rounds that led to one round, and their marks.

        Raises:
            InputError: there is no such round.
            StorageError: the disk is full or failing.
        """
        events = self._history.events_until(self._history.round(round))
        document, stored = self._document, [event_to_json(event) for event in events]
        with self._limit_wait():
            id_, journal = self._journal.fork(document, stored)
            return Session(self._context, journal, id_, events, self._warnings, self._collection)

    def compare(self, a: int, b: int, k: int = 60) -> Comparison:
        """Compare the first ``k`` results of round ``a`` with those of round ``b``.

        Raises:
            InputError: a round is unknown, or ``k`` is below 1.
        """
        if k < 1:
            raise InputError(f"Rounds are compared over 1 result or more, not {k}.")
        return compare_rounds(self._history.round(a), self._history.round(b), k)

    def to_json(self) -> dict[str, Any]:
        """Return the whole session as JSON; ``replay`` reads it."""
        events = [event_to_json(event) for event in self._history.events]
        return {"id": self.id} | self._document | {"events": events}

    def trec_run(self, tag: str = "firs") -> str:
        """Return the first 1,000 results of every round in TREC's run format, each round a query.

        Raises:
            InputError: the tag is empty or contains whitespace.
        """
        lines = run_lines(self.id or "q", self.rounds, tag)
        return "".join(f"{line}\n" for line in lines)

    def __repr__(self) -> str:
        rounds = f"at round {self.round.number} of 0 to {len(self.rounds) - 1}"
        return f"<Session {self.id or 'not saved'}: {self.query}, {rounds}>"

    @cached_property
    def _document(self) -> dict[str, Any]:
        """The session as JSON without its id and events, cached."""
        return context_to_json(self._context)

    def _do(self, event: Event) -> None:
        """Compute the outcome of an event, store the event, and only then apply it."""
        with self._limit_wait():
            outcome = self._history.preview(event)
            self._journal.append(event_to_json(event))
            self._history.apply(event, outcome)

    def _limit_wait(self) -> AbstractContextManager[None]:
        """Limit the time that the calls within wait for the collection's server."""
        return nullcontext() if self._collection is None else self._collection.limit_wait()


def _ids(ids: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(id_) for id_ in ids))
