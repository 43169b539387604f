"""A round and a step from it → the next round."""

import numpy as np

from firs.errors import InputError
from firs.feedback import Evidence, Page, Verdict, open_feedback
from firs.feedback.field import Places
from firs.session.events import Next
from firs.session.ground import Ground
from firs.session.marks import Standing
from firs.session.round import Round

SEARCH = "search"


def first_round(ground: Ground) -> Round:
    """What the query alone finds."""
    verdict = Verdict(ground.first, "the query alone")
    return Round(0, None, SEARCH, 1.0, 0, verdict, ground)


class Stepping:
    """Makes the rounds of one session; keeps pages, so that what methods keep of them lasts."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._pages: dict[object, Page] = {}

    def step(self, event: Next, after: Round, number: int) -> Round:
        """The round that a step leads to.

        Raises:
            InputError: there is no such method or strength, or the method needs more images.
        """
        method = open_feedback(event.method, event.strength)
        held = self._known(after.standing())
        evidence = self._evidence(event, after, held)
        verdict = method.judge(evidence, self._ground.images)
        if np.isnan(verdict.scores).any():
            raise InputError(f"The method {event.method!r} gave a score that is no number.")
        made = Round(
            number, after, event.method, event.strength, event.shown, verdict, self._ground
        )
        made.hidden = self._hidden(event, made, held)
        return made

    def _hidden(self, event: Next, made: Round, held: dict[int, Standing]) -> Places:
        """What was crossed; and what was seen, unless it is shown again or is what was meant."""
        crossed = self._places([id_ for id_, mark in held.items() if mark.kind == "irrelevant"])
        if event.again:
            return crossed
        found = self._places([id_ for id_, mark in held.items() if mark.kind == "found"])
        return np.union1d(crossed, np.setdiff1d(made.seen, found))

    def _evidence(self, event: Next, after: Round, held: dict[int, Standing]) -> Evidence:
        path = after.path
        shown = [each.shown for each in path[1:]] + [event.shown]
        pages = [self._page(each, count, held) for each, count in zip(path, shown, strict=True)]
        return Evidence(self._ground.vector, self._ground.first, after.verdict, pages)

    def _page(self, round_: Round, shown: int, held: dict[int, Standing]) -> Page:
        """What was looked at of a round, with the marks that were given there and still hold."""
        ticks = [i for i, m in held.items() if m.round == round_.number and m.kind != "irrelevant"]
        crosses = [
            i for i, m in held.items() if m.round == round_.number and m.kind == "irrelevant"
        ]
        key = (round_.number, shown, tuple(ticks), tuple(crosses))
        if key not in self._pages:
            self._pages[key] = Page(
                round_.places(0, shown), self._places(ticks), self._places(crosses)
            )
        return self._pages[key]

    def _known(self, held: dict[int, Standing]) -> dict[int, Standing]:
        """Without the marks of images that are no longer in the collection."""
        there = set(self._ground.images.table.known(list(held)))
        return {id_: mark for id_, mark in held.items() if id_ in there}

    def _places(self, ids: list[int]) -> Places:
        return self._ground.images.table.places(np.array(ids, dtype=np.int64))
