"""The events of a session and the rounds that they led to, in memory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any, TypeAlias

from firs.collection.sessions import Journal
from firs.errors import InputError
from firs.session.context import SearchContext
from firs.session.events import Event, Mark
from firs.session.marks import Marks
from firs.session.round import Round
from firs.session.transitions import Stepping, first_round

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
