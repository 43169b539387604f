"""The session: a person's query, the rounds it led to, and the way back.

>>> session = Session.start(photos, "a dog on a beach")  # doctest: +SKIP
>>> session.mark(relevant=[7, 12], irrelevant=[3])  # doctest: +SKIP
>>> print(session.next().told)  # doctest: +SKIP
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from firs.collection.stores import Journal
from firs.errors import InputError
from firs.feedback import DEFAULT as DEFAULT_METHOD
from firs.query import Query, text
from firs.search import DEFAULT as DEFAULT_WAY
from firs.session.compare import Comparison, compare_rounds
from firs.session.document import query_to_json
from firs.session.events import (
    Event,
    Mark,
    Next,
    event_from_json,
    event_to_json,
)
from firs.session.ground import SearchContext, build_search_context
from firs.session.history import History
from firs.session.journal import Unsaved
from firs.session.marks import Marks
from firs.session.opening import ground_of
from firs.session.refined import RefinementMixin
from firs.session.round import Round
from firs.session.trec import run_lines

if TYPE_CHECKING:
    from firs.collection import Collection


class Session(RefinementMixin):
    """A query and its rounds: a tree, since any round can be gone on from.

    Made by ``Session.start`` and ``Session.open``. What is done is saved in the collection before
    a call returns. Searching and marking go on on the images that were there at the start; what
    came since is found when the session is opened again.

    Args:
        ground: what is searched, and what the query alone says of it.
        journal: where events are written down.
        id: under which it is saved; nothing for one that is not.
        events: what happened so far. Images that are gone are left out of its marks, and a step
            that can no longer be taken leaves the ranking as it was.
        remarks: what a person should know.
        collection: what it searches, whose images and words can be read.

    Raises:
        InputError: an event cannot have happened.
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
        """Begin a new one.

        Args:
            collection: what is searched.
            query: words, or a query made of ``text`` and ``like``.
            strategy: how a query of several terms is answered (see ``firs.search``).
            encoder: whose vectors; by default the one that the collection was opened with.
            use_calibration: whether to correct text scores for hubness, if the collection is
                calibrated.
            use_expansion: whether images are found by the captions and queries, too, that the
                collection was expanded by.

        Raises:
            InputError: the query is empty or only says what not to find, or there is no such way.
            ImageError: a picture of the query cannot be read.
            CollectionNotFound: the collection is empty.
            EncoderMismatch: the collection has no vectors of this encoder.
            StorageError: the disk is full or failing.
        """
        asked = text(query) if isinstance(query, str) else query
        with collection.open_searcher(encoder) as space:
            if not use_calibration:
                space.hubness = None
            if not use_expansion:
                space.expansion = None
            ground = build_search_context(asked, space, collection.paths, strategy)
        return cls(ground, collection=collection)._save_new(collection)

    @classmethod
    def open(cls, collection: "Collection", id: str) -> "Session":  # noqa: A002
        """Open a saved one and go on.

        What has changed in the collection meanwhile stands in ``remarks``.

        Raises:
            InputError: the collection has no such session, or no vectors of its encoder.
            EncoderMismatch: the collection's vectors come from other weights by now.
        """
        document, events, journal = collection.sessions.open(id)
        ground, remarks = ground_of(collection, document)
        return cls(ground, journal, id, map(event_from_json, events), remarks, collection)

    @classmethod
    def replay(cls, collection: "Collection", document: Mapping[str, Any]) -> "Session":
        """Do again what an exported session tells of, as a new session.

        On the same vectors the rounds come out the same, to the last bit.

        Raises:
            InputError: it is no session, or its events cannot have happened.
            EncoderMismatch: it was made with vectors of another encoder or of other weights.
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
        """What was asked."""
        return self._ground.query

    @property
    def encoder(self) -> str:
        """The name of the encoder by whose vectors it searches."""
        return self._ground.encoder

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know, such as that the collection has changed meanwhile."""
        return (*self._remarks, *_gone(self._history))

    @property
    def rounds(self) -> tuple[Round, ...]:
        """All rounds by number, those of abandoned branches among them."""
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

    def mark(
        self,
        relevant: Iterable[int] = (),
        irrelevant: Iterable[int] = (),
        found: int | None = None,
        clear: Iterable[int] = (),
        *,
        round: int | None = None,  # noqa: A002, what it names
    ) -> Marks:
        """Say of images by their ids what they are; a new mark takes the place of an older one.

        Args:
            relevant: they fit.
            irrelevant: they do not.
            found: this is the one that was meant.
            clear: they are no longer marked.
            round: on which it is said; by default the one one is at.

        Returns:
            All marks that stand on that round.

        Raises:
            InputError: an id is unknown, or is marked as two things at once, or there is no such
                round, or the session was gone on with elsewhere; nothing is marked.
            StorageError: the disk is full or failing; nothing is marked.
        """
        at = self._history.round(round)
        meant = None if found is None else int(found)
        event = Mark(at.number, _ids(relevant), _ids(irrelevant), meant, _ids(clear))
        if event.ids():
            self._ground.require(event.ids())
            self._do(event)
        return at.marks

    def next(
        self,
        method: str = DEFAULT_METHOD,
        strength: float = 1.0,
        *,
        shown: int | None = None,
        again: bool = True,
        round: int | None = None,  # noqa: A002, what it names
    ) -> Round:
        """Ask again, with what was marked.

        Args:
            method: a name in ``firs.feedback.FEEDBACKS``.
            strength: how much the marks count beside the query; 1 as a rule.
            shown: how many of the round's first results were looked at; by default what was read
                of them, or a page.
            again: whether images that were seen are shown again.
            round: from which to go on; by default the one one is at.

        Returns:
            The new round, at which one is now.

        Raises:
            InputError: there is no such method or round, or a number cannot be meant, or the
                session was gone on with elsewhere; one stays where one is.
            StorageError: the disk is full or failing; one stays where one is.
        """
        after = self._history.round(round)
        looked_at = after.count_viewed(shown)
        self._do(Next(after.number, method, float(strength), looked_at, bool(again)))
        return self.round

    def undo(self) -> bool:
        """Take back the last mark or step, and be where it was done; false if there is none.

        Raises:
            InputError: the session was gone on with elsewhere; nothing is taken back.
            StorageError: the disk is full or failing; nothing is taken back.
        """
        if not self.can_undo:
            return False
        self._journal.pop()
        self._history.take_back()
        return True

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
        """What rose, fell, came and left from round ``a`` to ``b``, among the first ``k``.

        Raises:
            InputError: there is no such round, or ``k`` is below 1.
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
        """All of it but its id and its events; told once, for a file shown may go."""
        return query_to_json(self._ground)

    def _do(self, event: Event) -> None:
        """Write down what an event leads to, and only then let it have happened."""
        outcome = self._history.outcome(event)
        self._journal.append(event_to_json(event))
        self._history.take_in(event, outcome)


def _gone(history: History) -> list[str]:
    gone = len(history.gone())
    if not gone:
        return []
    told = "1 marked image is" if gone == 1 else f"{gone} marked images are"
    return [f"{told} no longer in the collection and left out."]


def _ids(given: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(id_) for id_ in given))
