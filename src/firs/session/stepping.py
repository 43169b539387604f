"""A round and a step from it → the next round."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from firs.errors import InputError
from firs.feedback import Evidence, Page, Verdict, open_feedback
from firs.feedback.field import Places
from firs.search.space import Vector
from firs.session.events import Next, Refine, Step
from firs.session.fusing import Push, fused, moved, pushed, refined
from firs.session.ground import Ground
from firs.session.marks import Standing
from firs.session.round import Round
from firs.session.vectors import from_base64

SEARCH, REFINE = "search", "refine"

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

    def step(self, event: Step, after: Round, number: int) -> Round:
        """The round that a step leads to.

        Raises:
            InputError: there is no such method or strength, the method needs more images, or a
                vector is none of this ground.
        """
        if isinstance(event, Refine):
            return self._refined(event, after, number)
        method = open_feedback(event.method, event.strength)
        held = after.standing()
        verdict = method.judge(self._evidence(event, after, held), self._ground.images)
        if np.isnan(verdict.scores).any():
            raise InputError(f"The method {event.method!r} gave a score that is no number.")
        reads = method.reads_marks and method.strength > 0
        by = held if reads else {}
        return replace(self._bare(event, after, number, event.method, verdict), by=by)

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
            return self._bare(event, after, number, name, replace(after.verdict, told=told))

    def _refined(self, event: Refine, after: Round, number: int) -> Round:
        """What was there, fused with what is added; feedback goes on from both."""
        vectors = [self._vector(each.vector) for each in event.terms]
        weights = [event.strength * each.weight for each in event.terms]
        images, question = self._ground.images, after.question
        pushes = tuple(
            Push(each.text, event.text, pushed(images, vector, weight))
            for each, vector, weight in zip(event.terms, vectors, weights, strict=True)
        )
        asked = refined(question, pushes, vectors, weights)
        scores = fused(after.verdict.scores, [each.scores for each in pushes])
        old = after.verdict.moved
        new = None if old is None else moved(old, vectors, weights)
        verdict = Verdict(scores, _told(event), new)
        bare = self._bare(event, after, number, REFINE, verdict)
        return replace(bare, refined=asked, pushes=pushes)

    def _vector(self, told: str) -> Vector:
        try:
            vector = from_base64(told)
        except ValueError as error:
            raise InputError(f"A vector of the refinement cannot be read ({error}).") from error
        if vector.shape != (self._ground.images.table.dim,):
            raise InputError("A vector of the refinement is not of this encoder.")
        return vector

    def _bare(self, event: Step, after: Round, number: int, method: str, verdict: Verdict) -> Round:
        return Round(
            number=number,
            parent=after,
            method=method,
            strength=event.strength,
            shown=event.shown,
            verdict=verdict,
            ground=self._ground,
            hidden=self._hidden(event, after),
        )

    def _hidden(self, event: Step, after: Round) -> Places:
        """What was crossed; and what was seen, unless it is shown again or is what was meant."""
        held = after.standing()
        crossed = self._places([id_ for id_, mark in held.items() if mark.kind == "irrelevant"])
        if event.again:
            return crossed
        found = self._places([id_ for id_, mark in held.items() if mark.kind == "found"])
        seen = np.concatenate([after.seen, after.places(0, event.shown)])
        return np.union1d(crossed, np.setdiff1d(seen, found))

    def _evidence(self, event: Step, after: Round, held: Mapping[int, Standing]) -> Evidence:
        path = after.path
        shown = [each.shown for each in path[1:]] + [event.shown]
        pages = [self._page(each, count, held) for each, count in zip(path, shown, strict=True)]
        question = after.question
        return Evidence(question.vector, question.first, after.verdict, pages)

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


def _told(event: Refine) -> str:
    added = ", ".join(f"{'+' if each.weight > 0 else '−'} {each.text}" for each in event.terms)
    return f"asked for {added}, too ({event.by}); what was asked before keeps its say"
