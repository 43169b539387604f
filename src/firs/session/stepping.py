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
from firs.session.ground import Ground, Question
from firs.session.marks import Standing
from firs.session.round import Round
from firs.session.vectors import from_base64
from firs.session.widening import by_marks, by_words, padded, with_marks

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
        reads = method.reads_marks and method.strength > 0
        ground = with_marks(after.ground, held)
        if reads:
            ground = by_marks(ground, after.question.vector, held, event.strength)
        verdict = method.judge(self._evidence(event, after, held, ground), ground.images)
        if np.isnan(verdict.scores).any():
            raise InputError(f"The method {event.method!r} gave a score that is no number.")
        bare = self._bare(event, after, number, event.method, verdict, ground)
        return replace(bare, by=held if reads else {})

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
            ground = with_marks(after.ground, after.standing())
            verdict = replace(after.verdict, told=told)
            return self._bare(event, after, number, name, verdict, ground)

    def _refined(self, event: Refine, after: Round, number: int) -> Round:
        """What was there, fused with what is added; feedback goes on from both."""
        vectors = [self._vector(each.vector) for each in event.terms]
        weights = [event.strength * each.weight for each in event.terms]
        ground = with_marks(after.ground, after.standing())
        ground = by_words(ground, after.question.vector, vectors, weights)
        images, question = ground.images, self._question(after, ground)
        pushes = tuple(
            Push(each.text, event.text, pushed(images, vector, weight))
            for each, vector, weight in zip(event.terms, vectors, weights, strict=True)
        )
        whole, before = images.table.whole, _longer(after.verdict, len(images))
        asked = refined(question, pushes, vectors, weights, whole)
        scores = fused(before.scores, [each.scores for each in pushes], whole=whole)
        old = before.moved
        new = None if old is None else moved(old, vectors, weights)
        verdict = Verdict(scores, _told(event), new)
        bare = self._bare(event, after, number, REFINE, verdict, ground)
        return replace(bare, refined=asked, pushes=pushes)

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
        verdict: Verdict,
        ground: Ground,
    ) -> Round:
        return Round(
            number=number,
            parent=after,
            method=method,
            strength=event.strength,
            shown=event.shown,
            verdict=_longer(verdict, len(ground.images)),
            ground=ground,
            hidden=_hidden(event, after, ground),
        )

    def _evidence(
        self, event: Step, after: Round, held: Mapping[int, Standing], ground: Ground
    ) -> Evidence:
        path = after.path
        shown = [each.shown for each in path[1:]] + [event.shown]
        pages = [
            self._page(each, count, held, ground) for each, count in zip(path, shown, strict=True)
        ]
        question, last = self._question(after, ground), _longer(after.verdict, len(ground.images))
        return Evidence(question.vector, question.first, last, pages)

    def _question(self, after: Round, ground: Ground) -> Question:
        """What is asked at a round, of all images at hand by now."""
        if all(each.refined is None for each in after.path):
            return ground.question
        asked = after.question
        return replace(asked, first=padded(asked.first, len(ground.images)))

    def _page(
        self, round_: Round, shown: int, held: Mapping[int, Standing], ground: Ground
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


def _places(ids: Sequence[int], ground: Ground) -> Places:
    return ground.images.table.places(np.array(ids, dtype=np.int64))


def _hidden(event: Step, after: Round, ground: Ground) -> Places:
    """What was crossed; and what was seen, unless it is shown again or is what was meant."""
    held = after.standing()
    crossed = [id_ for id_, mark in held.items() if mark.kind == "irrelevant"]
    if event.again:
        return _places(crossed, ground)
    found = [id_ for id_, mark in held.items() if mark.kind == "found"]
    seen = np.concatenate([after.seen, after.places(0, event.shown)])
    return np.union1d(_places(crossed, ground), np.setdiff1d(seen, _places(found, ground)))


def _longer(verdict: Verdict, count: int) -> Verdict:
    """A verdict of all images at hand by now; those that came since tie for the last place."""
    if len(verdict.scores) == count:
        return verdict
    return replace(verdict, scores=padded(verdict.scores, count))


def _told(event: Refine) -> str:
    added = ", ".join(f"{'+' if each.weight > 0 else '−'} {each.text}" for each in event.terms)
    return f"asked for {added}, too ({event.by}); what was asked before keeps its say"
