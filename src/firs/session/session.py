"""The session: a person's query, the rounds it led to, and the way back.

>>> session = Session.start(photos, "a dog on a beach")  # doctest: +SKIP
>>> session.mark(relevant=[7, 12], irrelevant=[3])  # doctest: +SKIP
>>> print(session.next().told)  # doctest: +SKIP
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from firs.errors import EncoderMismatch, InputError
from firs.feedback import DEFAULT as DEFAULT_METHOD
from firs.query import Query, text
from firs.search import DEFAULT as DEFAULT_WAY
from firs.session.compare import Comparison, compared
from firs.session.document import query_from_json, query_to_json, require_format
from firs.session.events import Event, Mark, Next, event_from_json, event_to_json
from firs.session.ground import Ground, prepared
from firs.session.journal import Journal, Unsaved
from firs.session.marks import Marks
from firs.session.round import PAGE, Round
from firs.session.stepping import Stepping, first_round
from firs.session.trec import run_lines

if TYPE_CHECKING:
    from firs.collection import Collection


class Session:
    """A query and its rounds: a tree, since any round can be gone on from.

    Made by ``Session.start`` and ``Session.open``. What is done is saved in the collection before
    a call returns. Searching and marking go on on the images that were there at the start; what
    came since is found when the session is opened again.

    Args:
        ground: what is searched, and what the query alone says of it.
        journal: where events are written down.
        id: under which it is saved; nothing for one that is not.
        events: what happened so far.
        remarks: what a person should know.

    Raises:
        InputError: an event cannot have happened.
    """

    def __init__(
        self,
        ground: Ground,
        journal: Journal | None = None,
        id: str = "",  # noqa: A002, the name that a person reads
        events: Iterable[Event] = (),
        remarks: Sequence[str] = (),
    ) -> None:
        self.id = id
        self.remarks = tuple(remarks)
        self._ground = ground
        self._journal = journal or Unsaved()
        self._stepping = Stepping(ground)
        self._events: list[Event] = []
        self._rounds = [first_round(ground)]
        self._at = 0
        for event in events:
            self._apply(event)

    @classmethod
    def start(
        cls,
        collection: "Collection",
        query: str | Query,
        *,
        way: str = DEFAULT_WAY,
    ) -> "Session":
        """Begin a new one.

        Args:
            collection: what is searched, with the encoder that it was opened with.
            query: words, or a query made of ``text`` and ``like``.
            way: how a query of several terms is answered (see ``firs.search``).

        Raises:
            InputError: the query is empty or only says what not to find, or there is no such way.
            ImageError: a picture of the query cannot be read.
            CollectionNotFound: the collection is empty.
            StorageError: the disk is full or failing.
        """
        asked = text(query) if isinstance(query, str) else query
        with collection.space() as space:
            ground = prepared(asked, space, collection.paths, way)
        return cls._saved(collection, ground, query_to_json(ground), ())

    @classmethod
    def open(cls, collection: "Collection", id: str) -> "Session":  # noqa: A002
        """Open a saved one and go on.

        Raises:
            InputError: the collection has no such session.
            EncoderMismatch: the collection's vectors come from other weights by now.
        """
        document, events = collection.sessions.read(id)
        ground, remarks = _ground(collection, document)
        return cls(
            ground, collection.sessions.journal(id), id, map(event_from_json, events), remarks
        )

    @classmethod
    def replay(cls, collection: "Collection", document: Mapping[str, Any]) -> "Session":
        """Do again what an exported session tells of, as a new session.

        On the same vectors the rounds come out the same, to the last bit.

        Raises:
            InputError: it is no session, or its events cannot have happened.
            EncoderMismatch: it was made with vectors of another encoder or of other weights.
        """
        require_format(document)
        told = document.get("events", ())
        events = [event_from_json({k: v for k, v in each.items() if k != "at"}) for each in told]
        rest = {key: value for key, value in document.items() if key not in ("events", "id")}
        ground, remarks = _ground(collection, rest)
        cls(ground, events=events)  # what cannot be done again is told before anything is saved
        return cls._saved(collection, ground, rest, events, remarks)

    @classmethod
    def _saved(
        cls,
        collection: "Collection",
        ground: Ground,
        document: Mapping[str, Any],
        events: Sequence[Event],
        remarks: Sequence[str] = (),
    ) -> "Session":
        if not collection.is_writable:
            told = "The collection cannot be written to, so this session is not saved."
            return cls(ground, events=events, remarks=[*remarks, told])
        id_ = collection.sessions.create(document, [event_to_json(event) for event in events])
        return cls(ground, collection.sessions.journal(id_), id_, events, remarks)

    @property
    def query(self) -> Query:
        """What was asked."""
        return self._ground.query

    @property
    def encoder(self) -> str:
        """The name of the encoder by whose vectors it searches."""
        return self._ground.encoder

    @property
    def rounds(self) -> tuple[Round, ...]:
        """All rounds by number, those of abandoned branches among them."""
        return tuple(self._rounds)

    @property
    def round(self) -> Round:
        """The round one is at."""
        return self._rounds[self._at]

    @property
    def can_undo(self) -> bool:
        """Whether there is a mark or a step to take back."""
        return bool(self._events)

    def go(self, number: int) -> Round:
        """Be at another round; marks and steps go on from there.

        Raises:
            InputError: there is no such round.
        """
        self._at = self._round(number).number
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
                round; nothing is marked.
            StorageError: the disk is full or failing; nothing is marked.
        """
        at = self._round(round).number
        event = Mark(at, _ids(relevant), _ids(irrelevant), found, _ids(clear))
        ids = np.array(list(event.ids()), dtype=np.int64)
        self._ground.images.table.places(ids)
        if len(ids):
            self._do(event)
        return self._rounds[at].marks

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
            InputError: there is no such method or round, or a number cannot be meant.
            StorageError: the disk is full or failing; one stays where one is.
        """
        after = self._round(round)
        looked_at = (after.read or min(PAGE, len(after))) if shown is None else shown
        self._do(Next(after.number, method, float(strength), looked_at, again))
        return self.round

    def undo(self) -> bool:
        """Take back the last mark or step; false if there is none.

        Raises:
            StorageError: the disk is full or failing; nothing is taken back.
        """
        if not self._events:
            return False
        self._journal.pop(len(self._events) - 1)
        self._take_back()
        return True

    def branch(self, round: int | None = None) -> "Session":  # noqa: A002, what it names
        """Begin a new session with the rounds that led to one, and their marks.

        Raises:
            InputError: there is no such round.
            StorageError: the disk is full or failing.
        """
        events = self._events_up_to(self._round(round))
        told = [event_to_json(event) for event in events]
        id_, journal = self._journal.fork(query_to_json(self._ground), told)
        return Session(self._ground, journal, id_, events, self.remarks)

    def compare(self, a: int, b: int, k: int = 60) -> Comparison:
        """What rose, fell, came and left from round ``a`` to ``b``, among the first ``k``.

        Raises:
            InputError: there is no such round, or ``k`` is below 1.
        """
        if k < 1:
            raise InputError(f"Rounds are compared over 1 result or more, not {k}.")
        return compared(self._round(a), self._round(b), k)

    def to_json(self) -> dict[str, Any]:
        """All of it, as ``replay`` reads it."""
        events = [event_to_json(event) for event in self._events]
        return {"id": self.id} | query_to_json(self._ground) | {"events": events}

    def trec_run(self, tag: str = "firs") -> str:
        """The first 1,000 of every round, in TREC's run format, each round a query."""
        return "".join(f"{line}\n" for line in run_lines(self.id or "q", self._rounds, tag))

    def _round(self, number: int | None) -> Round:
        at = self._at if number is None else number
        if not 0 <= at < len(self._rounds):
            raise InputError(
                f"The session has no round {at}; its rounds are 0 to {len(self._rounds) - 1}."
            )
        return self._rounds[at]

    def _do(self, event: Event) -> None:
        """Apply an event, and write it down; where that fails it was not applied."""
        self._apply(event)
        try:
            self._journal.append(len(self._events) - 1, event_to_json(event))
        except BaseException:
            self._take_back()
            raise

    def _apply(self, event: Event) -> None:
        at = self._round(event.round)
        if isinstance(event, Next):
            self._rounds.append(self._stepping.step(event, at, len(self._rounds)))
            self._at = len(self._rounds) - 1
        else:
            at.marks = at.marks.and_then(event)
            self._at = at.number
        self._events.append(event)

    def _take_back(self) -> None:
        event = self._events.pop()
        if isinstance(event, Next):
            self._rounds.pop()
        else:
            self._rounds[event.round].marks = self._marks_of(event.round)
        self._at = event.round

    def _events_up_to(self, last: Round) -> list[Event]:
        """The events that led to a round, on rounds numbered anew, with the marks given there."""
        numbers = {each.number: at for at, each in enumerate(last.path)}
        made = iter(self._rounds[1:])
        events: list[Event] = []
        for event in self._events:
            leads_on = not isinstance(event, Next) or next(made).number in numbers
            if leads_on and event.round in numbers:
                events.append(replace(event, round=numbers[event.round]))
        return events

    def _marks_of(self, number: int) -> Marks:
        """What the events so far say of a round."""
        marks = Marks()
        for event in self._events:
            if isinstance(event, Mark) and event.round == number:
                marks = marks.and_then(event)
        return marks


def _ground(collection: "Collection", document: Mapping[str, Any]) -> tuple[Ground, list[str]]:
    """What a session stands on by now, and what has changed since it was begun."""
    query = query_from_json(document)
    encoder = str(document.get("encoder"))
    with collection.space(encoder) as space:
        if space.fingerprint != document.get("fingerprint"):
            raise EncoderMismatch(
                f"The session was begun with other weights of {encoder!r}; its query means nothing "
                f"among these vectors. Begin a new one."
            )
        ground = prepared(query, space, collection.paths, str(document.get("way")))
    then = document.get("images")
    if ground.revision == document.get("revision") and then == len(ground.images):
        return ground, []
    return ground, [
        f"The collection has changed since this session was begun ({then} images then, "
        f"{len(ground.images)} now), so its rounds may come out differently."
    ]


def _ids(given: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(id_) for id_ in given))
