"""Simulated users: they look at what is shown and mark it, as people of several kinds would.

All are deterministic: the same query, shown the same images, is marked the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.caption_similarity import Content
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.ranks import Places, Relevant

Likeness: TypeAlias = Callable[[int], NDArray[np.float32]]
"""An image's place → how like it every image is, float32 ``(images,)``."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a user marked, as places of images; ``found`` is "this is it" and ends the session."""

    relevant: tuple[int, ...] = ()
    irrelevant: tuple[int, ...] = ()
    found: int | None = None


class User(Protocol):
    """Marks what is shown for a query of the evaluation set."""

    def marks(self, query: int, shown: Places) -> Marks:
        """Look at the images ``shown``, best first."""


@dataclass(frozen=True, slots=True)
class PseudoUser:
    """Looks at nothing: the first ``count`` shown are right, the last ``count`` wrong."""

    count: int

    def marks(self, query: int, shown: Places) -> Marks:
        """Take the ends."""
        del query
        places = [int(place) for place in shown]
        return Marks(tuple(places[: self.count]), tuple(places[: -self.count - 1 : -1]))


@dataclass(frozen=True, slots=True)
class TruthfulUser:
    """Ticks what is relevant and crosses what is not, at most ``most`` of either."""

    answers: Relevant
    most: int

    def marks(self, query: int, shown: Places) -> Marks:
        """Mark the first results shown truthfully."""
        right = np.isin(shown, self.answers.of(np.array([query])).place)
        ticks, crosses = shown[right][: self.most], shown[~right][: self.most]
        return Marks(tuple(map(int, ticks)), tuple(map(int, crosses)))


@dataclass(frozen=True, slots=True)
class KnownItemUser:
    """Has one image in mind: takes it when it is shown, else ticks the one most like it.

    Args:
        targets: int64 ``(q,)``, the image that each query means.
        likeness: of images, by an encoder other than the one that ranks, or figures are flattered.
    """

    targets: Places
    likeness: Likeness

    def marks(self, query: int, shown: Places) -> Marks:
        """Look for the image."""
        target = int(self.targets[query])
        if target in shown:
            return Marks(found=target)
        if not len(shown):
            return Marks()
        return Marks(relevant=(int(shown[np.argmax(self.likeness(target)[shown])]),))


@dataclass(frozen=True, slots=True)
class RandomUser:
    """Looks for one image, and ticks any similar one: the value of a pick must appear with it.

    Args:
        targets: int64 ``(q,)``, the image that each query means.
        seed: of the picks.
    """

    targets: Places
    seed: int

    def marks(self, query: int, shown: Places) -> Marks:
        """Look for the image."""
        target = int(self.targets[query])
        if target in shown:
            return Marks(found=target)
        rng = np.random.default_rng([self.seed, query, *map(int, shown)])
        return Marks(relevant=(int(rng.choice(shown)),) if len(shown) else ())


@dataclass(frozen=True, slots=True)
class RejectTopUser:
    """Looks for one image, takes it when it is shown, and otherwise continues without a mark.

    With a page of b images this is the paper's oracle: a query is refined until its image stands
    at the breaking rank b or better.
    """

    targets: Places

    def marks(self, query: int, shown: Places) -> Marks:
        """Look for the image."""
        target = int(self.targets[query])
        return Marks(found=target if target in shown else None)


@dataclass(frozen=True, slots=True)
class NoFeedbackUser:
    """Marks nothing and continues, whatever is shown: feedback without an oracle."""

    def marks(self, query: int, shown: Places) -> Marks:
        """Look at nothing."""
        del query, shown
        return Marks()


@dataclass(frozen=True, slots=True)
class NoisyUser:
    """Another user who sometimes marks something else than intended.

    Each tick, each cross and each find goes wrong with the chance ``noise``: a tick or a cross
    lands on any image shown, a find is overlooked.
    """

    user: User
    noise: float
    seed: int

    def marks(self, query: int, shown: Places) -> Marks:
        """Mark as the other would, with slips."""
        rng = np.random.default_rng([self.seed, query, *map(int, shown)])
        meant = self.user.marks(query, shown)
        if meant.found is not None and rng.random() < self.noise:
            return Marks()
        relevant = self._slip(meant.relevant, shown, rng)
        crossed = self._slip(meant.irrelevant, shown, rng)
        irrelevant = tuple(place for place in crossed if place not in relevant)
        return Marks(relevant, irrelevant, meant.found)

    def _slip(
        self, places: tuple[int, ...], shown: Places, rng: np.random.Generator
    ) -> tuple[int, ...]:
        slips = rng.random(len(places)) < self.noise
        landed = [
            int(rng.choice(shown)) if slip else place
            for place, slip in zip(places, slips, strict=True)
        ]
        return tuple(dict.fromkeys(landed))


_Maker: TypeAlias = Callable[[EvaluationSet, int, int], User]

_MAKERS: dict[str, _Maker] = {
    "known-item": lambda evaluation_set, _, __: KnownItemUser(
        evaluation_set.groups, likeness_of(evaluation_set)
    ),
    "truthful": lambda evaluation_set, most, _: TruthfulUser(evaluation_set.relevant, most),
    "pseudo": lambda _, most, __: PseudoUser(most),
    "random": lambda evaluation_set, _, seed: RandomUser(evaluation_set.groups, seed),
    "passing": lambda evaluation_set, _, __: RejectTopUser(evaluation_set.groups),
    "silent": lambda _, __, ___: NoFeedbackUser(),
}

USERS = tuple(_MAKERS)


def make_user(
    kind: str, evaluation_set: EvaluationSet, *, most: int, noise: float, seed: int
) -> User:
    """The user called ``kind``, for the queries of the evaluation set.

    Args:
        kind: one of ``USERS``.
        evaluation_set: the evaluation set of the queries.
        most: how many images a ``truthful`` or ``pseudo`` user marks of either kind.
        noise: from 0 (none) to 1.
        seed: of the noise, and of ``random`` picks.

    Raises:
        InputError: there is no such user, or a number is out of range.
    """
    if not 0 <= noise <= 1 or most < 1:
        raise InputError(f"A user has noise from 0 to 1 and marks 1 or more, not {noise}, {most}.")
    if kind not in _MAKERS:
        raise InputError(f"There is no user called {kind!r}. Choose one of: {', '.join(USERS)}.")
    user = _MAKERS[kind](evaluation_set, most, seed)
    return NoisyUser(user, noise, seed) if noise else user


def likeness_of(evaluation_set: EvaluationSet) -> Likeness:
    """Return the similarity of images by oracle embeddings, else captions, else embeddings."""
    if evaluation_set.oracle_embeddings is not None:
        return _by_vectors(evaluation_set.oracle_embeddings)
    told = evaluation_set.dataset.captions_by_image
    if 2 * sum(map(bool, told)) > len(told):
        return Content(evaluation_set.dataset).likeness
    return _by_vectors(evaluation_set.images)


def _by_vectors(vectors: Vectors) -> Likeness:
    return lambda place: vectors @ vectors[place]
