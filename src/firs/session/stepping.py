"""A round and a step from it → the next round."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from firs.errors import InputError
from firs.feedback import Evidence, Page, Verdict, open_feedback
from firs.feedback.field import Places
from firs.session.events import Next
from firs.session.ground import Ground
from firs.session.marks import Standing
from firs.session.round import Round

SEARCH = "search"

_Key: TypeAlias = tuple[int, tuple[int, ...], tuple[int, ...]]
"""How much of a round was looked at, and its ticks and crosses: what makes a page another one."""


def first_round(ground: Ground) -> Round:
    """What the query alone finds."""
    verdict = Verdict(ground.first, "the query alone")
    return Round(0, None, SEARCH, 1.0, 0, verdict, ground)


class Stepping:
    """Makes the rounds of one session; keeps pages, so that what methods keep of them lasts."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._pages: WeakKeyDictionary[Round, dict[_Key, Page]] = WeakKeyDictionary()

    def step(self, event: Next, after: Round, number: int) -> Round:
        """The round that a step leads to.

        Raises:
            InputError: there is no such method or strength, or the method needs more images.
        """
        method = open_feedback(event.method, event.strength)
        held = after.standing()
        verdict = method.judge(self._evidence(event, after, held), self._ground.images)
        if np.isnan(verdict.scores).any():
            raise InputError(f"The method {event.method!r} gave a score that is no number.")
        reads = method.reads_marks and method.strength > 0
        return self._made(event, after, number, verdict, held if reads else {})

    def step_again(self, event: Next, after: Round, number: int) -> Round:
        """The round of a step that was taken before; where it no longer can be the ranking stays.

        Raises:
            InputError: there is no such method or strength.
        """
        open_feedback(event.method, event.strength)
        try:
            return self.step(event, after, number)
        except InputError as error:
            told = f"{event.method} could not be done again, so the ranking stays: {error}"
            return self._made(event, after, number, replace(after.verdict, told=told), {})

    def _made(
        self, event: Next, after: Round, number: int, verdict: Verdict, by: Mapping[int, Standing]
    ) -> Round:
        return Round(
            number=number,
            parent=after,
            method=event.method,
            strength=event.strength,
            shown=event.shown,
            verdict=verdict,
            ground=self._ground,
            by=by,
            hidden=self._hidden(event, after),
        )

    def _hidden(self, event: Next, after: Round) -> Places:
        """What was crossed; and what was seen, unless it is shown again or is what was meant."""
        held = after.standing()
        crossed = self._places([id_ for id_, mark in held.items() if mark.kind == "irrelevant"])
        if event.again:
            return crossed
        found = self._places([id_ for id_, mark in held.items() if mark.kind == "found"])
        seen = np.concatenate([after.seen, after.places(0, event.shown)])
        return np.union1d(crossed, np.setdiff1d(seen, found))

    def _evidence(self, event: Next, after: Round, held: Mapping[int, Standing]) -> Evidence:
        path = after.path
        shown = [each.shown for each in path[1:]] + [event.shown]
        pages = [self._page(each, count, held) for each, count in zip(path, shown, strict=True)]
        return Evidence(self._ground.vector, self._ground.first, after.verdict, pages)

    def _page(self, round_: Round, shown: int, held: Mapping[int, Standing]) -> Page:
        """What was looked at of a round, with the marks that were given there and still hold."""
        here = {id_: mark.kind for id_, mark in held.items() if mark.round == round_.number}
        ticks = tuple(id_ for id_, kind in here.items() if kind != "irrelevant")
        crosses = tuple(id_ for id_, kind in here.items() if kind == "irrelevant")
        pages = self._pages.setdefault(round_, {})
        key = (shown, ticks, crosses)
        if key not in pages:
            pages[key] = Page(round_.places(0, shown), self._places(ticks), self._places(crosses))
        return pages[key]

    def _places(self, ids: Sequence[int]) -> Places:
        return self._ground.images.table.places(np.array(ids, dtype=np.int64))
