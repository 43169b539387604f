"""A retrieval session: a query, its rounds, and navigation between them.

>>> session = Session.start(photos, "a dog on a beach")  # doctest: +SKIP
>>> session.mark(relevant=[7, 12], irrelevant=[3])  # doctest: +SKIP
>>> print(session.next().summary)  # doctest: +SKIP
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from firs.collection.sessions import Journal
from firs.errors import InputError
from firs.feedback import DEFAULT as DEFAULT_METHOD
from firs.query import Query, text
from firs.search import DEFAULT as DEFAULT_WAY
from firs.session.compare import Comparison, compare_rounds, run_lines
from firs.session.context import SearchContext, build_search_context
from firs.session.document import ground_of, is_outdated, query_to_json
from firs.session.events import Event, Mark, Marks, Next, event_from_json, event_to_json
from firs.session.history import History, Unsaved
from firs.session.refinement import RefinementMixin
from firs.session.round import Round

if TYPE_CHECKING:
    from firs.collection import Collection

Params = ParamSpec("Params")
Result = TypeVar("Result")


def _limit_wait(
    method: "Callable[Concatenate[Session, Params], Result]",
) -> "Callable[Concatenate[Session, Params], Result]":
    """Limit the time that one call of a method waits for a collection's server."""

    @wraps(method)
    def limited(session: "Session", /, *args: Params.args, **options: Params.kwargs) -> Result:
        collection = session._collection
        with nullcontext() if collection is None else collection.limit_wait():
            return method(session, *args, **options)

    return limited


class Session(RefinementMixin):
    """A query and its rounds: a tree, since any round can be continued.

    Created by ``Session.start`` and ``Session.open``. Every change is saved in the collection
    before a call returns. A session uses the images that existed at its start; new images are found
    when the session is opened again.

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
        id: str = "",  # noqa: A002, the name that a person reads
        events: Iterable[Event] = (),
        warnings: Sequence[str] = (),
        collection: "Collection | None" = None,
    ) -> None:
        self.id = id
        self._collection = collection
        self._ground = context
        self._journal = journal or Unsaved()
        self._history = History(context, events)
        self._remarks = tuple(warnings)

    @classmethod
    def start(
        cls,
        collection: "Collection",
        query: str | Query,
        *,
        strategy: str = DEFAULT_WAY,
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
            ground = build_search_context(requested, searcher, collection.paths, strategy)
            return cls(ground, collection=collection)._save_new(collection)

    @classmethod
    def open(cls, collection: "Collection", id: str) -> "Session":  # noqa: A002
        """Open a saved one and go on.

        What has changed in the collection in the meantime is in ``remarks``.

        Raises:
            SessionNotFound: the collection has no such session.
            InputError: the collection has no vectors of its encoder.
            EncoderMismatch: the collection's vectors come from other weights by now.
        """
        with collection.limit_wait():
            document, events, journal = collection.sessions.open(id)
            ground, remarks = ground_of(collection, document)
            return cls(ground, journal, id, map(event_from_json, events), remarks, collection)

    @classmethod
    def replay(cls, collection: "Collection", document: Mapping[str, Any]) -> "Session":
        """Repeat an exported session as a new session.

        With the same embeddings the rounds are identical to the last bit.

        Raises:
            InputError: the document is no session, or its events are invalid.
            EncoderMismatch: it was made with another encoder or other weights.
        """
        ground, remarks = ground_of(collection, document)
        events = document.get("events", [])
        if not isinstance(events, Sequence):
            raise InputError("The session's events are no list; export it again.")
        again = cls(ground, None, "", map(event_from_json, events), remarks, collection)
        return again._save_new(collection)

    def _save_new(self, collection: "Collection") -> "Session":
        """Keep a new one in a collection, where that can be written to."""
        if collection.is_writable:
            events = [event_to_json(event) for event in self._history.events]
            self.id, self._journal = collection.sessions.create(self._document, events)
        else:
            told = "The collection cannot be written to, so this session is not saved."
            self._remarks = (*self._remarks, told)
        return self

    @property
    def query(self) -> Query:
        """The original query."""
        return self._ground.query

    @property
    def encoder(self) -> str:
        """Name of the encoder with the embeddings that are searched."""
        return self._ground.encoder

    @property
    def warnings(self) -> tuple[str, ...]:
        """Messages for the user, for example that the collection has changed since."""
        return (*self._remarks, *self._history.remarks())

    @property
    def rounds(self) -> tuple[Round, ...]:
        """All rounds by number, including those of abandoned branches."""
        return tuple(self._history.rounds)

    @property
    def round(self) -> Round:
        """The round one is at."""
        return self._history.round()

    @property
    def can_undo(self) -> bool:
        """Whether there is a mark or a step to take back."""
        return bool(self._history.events)

    def go(self, number: int) -> Round:
        """Be at another round; marks and steps go on from there.

        Raises:
            InputError: there is no such round.
        """
        self._history.at = self._history.round(number).number
        return self.round

    @_limit_wait
    def mark(
        self,
        relevant: Iterable[int] = (),
        irrelevant: Iterable[int] = (),
        found: int | None = None,
        clear: Iterable[int] = (),
        *,
        round: int | None = None,  # noqa: A002, what it names
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
        meant = None if found is None else int(found)
        event = Mark(at.number, _ids(relevant), _ids(irrelevant), meant, _ids(clear))
        if event.ids():
            self._ground.require(event.ids())
            self._do(event)
        return at.marks

    @_limit_wait
    def next(
        self,
        method: str = DEFAULT_METHOD,
        strength: float = 1.0,
        *,
        shown: int | None = None,
        again: bool = True,
        round: int | None = None,  # noqa: A002, what it names
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
        looked_at = after.count_viewed(shown)
        self._do(Next(after.number, method, float(strength), looked_at, bool(again)))
        return self.round

    @_limit_wait
    def undo(self) -> bool:
        """Take back the last mark or step, and be where it was done; false if there is none.

        Raises:
            SessionConflict: another process has changed the session; nothing is taken back.
            StorageError: the disk is full or failing; nothing is taken back.
        """
        if not self.can_undo:
            return False
        self._journal.pop()
        self._history.take_back()
        return True

    @_limit_wait
    def refresh(self) -> bool:
        """Take in what other processes have done in this session since it was last read.

        Where the collection has changed, too, all rounds are made again on it as it is now.

        Returns:
            Whether there was anything.

        Raises:
            SessionNotFound: the session was deleted.
            InputError: the collection has no vectors of its encoder any more.
            EncoderMismatch: the collection's vectors come from other weights by now.
        """
        if self._collection is None or self._journal.is_current():
            return False
        document, told, journal = self._collection.sessions.open(self.id)
        events = [event_from_json(each) for each in told]
        if is_outdated(self._ground, self._collection):
            self._ground, remarks = ground_of(self._collection, document)
            self._history, self._remarks = History(self._ground, events), tuple(remarks)
        else:
            self._history.follow(events)
        self._journal = journal
        return True

    @_limit_wait
    def branch(self, round: int | None = None) -> "Session":  # noqa: A002, what it names
        """Begin a new session with the rounds that led to one, and their marks.

        Raises:
            InputError: there is no such round.
            StorageError: the disk is full or failing.
        """
        events = self._history.up_to(self._history.round(round))
        told = [event_to_json(event) for event in events]
        id_, journal = self._journal.fork(self._document, told)
        return Session(self._ground, journal, id_, events, self._remarks, self._collection)

    def compare(self, a: int, b: int, k: int = 60) -> Comparison:
        """Compare the first ``k`` results of round ``a`` with those of round ``b``.

        Raises:
            InputError: a round is unknown, or ``k`` is below 1.
        """
        if k < 1:
            raise InputError(f"Rounds are compared over 1 result or more, not {k}.")
        return compare_rounds(self._history.round(a), self._history.round(b), k)

    def to_json(self) -> dict[str, Any]:
        """All of it, as ``replay`` reads it."""
        events = [event_to_json(event) for event in self._history.events]
        return {"id": self.id} | self._document | {"events": events}

    def trec_run(self, tag: str = "firs") -> str:
        """The first 1,000 of every round, in TREC's run format, each round a query.

        Raises:
            InputError: the tag is empty or has blanks in it.
        """
        lines = run_lines(self.id or "q", self.rounds, tag)
        return "".join(f"{line}\n" for line in lines)

    def __repr__(self) -> str:
        rounds = f"at round {self.round.number} of 0 to {len(self.rounds) - 1}"
        return f"<Session {self.id or 'not saved'}: {self.query}, {rounds}>"

    @cached_property
    def _document(self) -> dict[str, Any]:
        """The session as JSON without its id and events, cached."""
        return query_to_json(self._ground)

    @_limit_wait
    def _do(self, event: Event) -> None:
        """Write down what an event leads to, and only then let it have happened."""
        outcome = self._history.outcome(event)
        self._journal.append(event_to_json(event))
        self._history.take_in(event, outcome)


def _ids(given: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(id_) for id_ in given))
