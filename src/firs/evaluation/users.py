"""Simulated users: they look at the images of a page and mark them, as several kinds of people.

All are deterministic: the same query with the same page is marked the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.evaluation.caption_similarity import CaptionSimilarity
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.measures import Indices, Relevant

Similarity: TypeAlias = Callable[[int], NDArray[np.float32]]
"""An image's index → its similarity to every image, float32 ``(images,)``."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a user marked, as indices of images; ``found`` is "this is it" and ends the session."""

    relevant: tuple[int, ...] = ()
    irrelevant: tuple[int, ...] = ()
    found: int | None = None


@dataclass(frozen=True, slots=True)
class UserSettings:
    """How a simulated user marks.

    Args:
        most: how many images a page are ticked at most; a ``truthful`` or ``pseudo`` user crosses
            as many.
        margin: a ``known-item`` user also ticks images whose similarity to the target is at most
            this much below that of the most similar one.
        crosses: how many of the least similar images a ``known-item`` user crosses.
        noise: standard deviation of the error with which a ``known-item`` user judges a
            similarity.
        errors: share of the pages that are marked at random.
        seed: of noise and errors.

    Raises:
        InputError: a number is out of range.
    """

    most: int = 2
    margin: float = 0.0
    crosses: int = 0
    noise: float = 0.0
    errors: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.most < 1 or self.crosses < 0:
            raise InputError(
                f"A user ticks 1 image or more and crosses 0 or more, "
                f"not most={self.most}, crosses={self.crosses}."
            )
        if not (0 <= self.noise < np.inf and 0 <= self.margin < np.inf):
            raise InputError(
                f"The noise and the margin of a user are 0 or more, "
                f"not noise={self.noise}, margin={self.margin}."
            )
        if not 0 <= self.errors <= 1:
            raise InputError(f"The errors of a user are a share from 0 to 1, not {self.errors}.")


class User(Protocol):
    """Marks the images of a page for a query of the evaluation set."""

    def mark(self, query: int, shown: Indices) -> Marks:
        """Mark the images ``shown``, best first."""


@dataclass(frozen=True, slots=True)
class PseudoUser:
    """Looks at nothing: the first ``count`` shown are relevant, the last ``count`` irrelevant."""

    count: int

    def mark(self, query: int, shown: Indices) -> Marks:
        """Mark both ends."""
        del query
        images = shown.tolist()
        return Marks(tuple(images[: self.count]), tuple(images[: -self.count - 1 : -1]))


@dataclass(frozen=True, slots=True)
class TruthfulUser:
    """Ticks what is relevant and crosses what is not, at most ``most`` of either."""

    relevant: Relevant
    most: int

    def mark(self, query: int, shown: Indices) -> Marks:
        """Mark the first results truthfully."""
        is_relevant = np.isin(shown, self.relevant.of(np.array([query])).image)
        ticks, crosses = shown[is_relevant][: self.most], shown[~is_relevant][: self.most]
        return Marks(tuple(ticks.tolist()), tuple(crosses.tolist()))


@dataclass(frozen=True, slots=True)
class RejectTopUser:
    """Looks for one image, accepts it when it is shown, and otherwise continues without a mark.

    With a page of b images this is the paper's oracle: a query is refined until its image has
    the breaking rank b or better.

    Args:
        targets: int64 ``(q,)``, the target of each query.
    """

    targets: Indices

    def mark(self, query: int, shown: Indices) -> Marks:
        """Accept the target, or tick an image instead."""
        target = int(self.targets[query])
        if target in shown:
            return Marks(found=target)
        return Marks(relevant=self._tick(query, target, shown) if len(shown) else ())

    def _tick(self, query: int, target: int, shown: Indices) -> tuple[int, ...]:
        del query, target, shown
        return ()


@dataclass(frozen=True, slots=True)
class KnownItemUser(RejectTopUser):
    """Has one image in mind: accepts it when it is shown, else ticks the most similar ones.

    Args:
        targets: int64 ``(q,)``, the target of each query.
        similarity: of images, by an encoder other than the one that ranks, or figures are
            optimistic.
        settings: how many images are marked, and how exactly similarities are judged.
    """

    similarity: Similarity
    settings: UserSettings = UserSettings(most=1)

    def mark(self, query: int, shown: Indices) -> Marks:
        """Accept the target, or tick the most similar images and cross the least similar ones."""
        target = int(self.targets[query])
        if target in shown or not len(shown):
            return RejectTopUser.mark(self, query, shown)
        similarity = self.similarity(target)[shown].astype(np.float64)
        if self.settings.noise:
            rng = _random_generator(self.settings.seed, query, shown)
            similarity += self.settings.noise * rng.standard_normal(len(shown))
        order = np.argsort(-similarity, kind="stable")
        near = similarity[order] >= similarity[order[0]] - self.settings.margin
        ticks = order[near][: self.settings.most]
        crosses = [at for at in order[::-1][: self.settings.crosses] if at not in ticks]
        return Marks(tuple(shown[ticks].tolist()), tuple(shown[crosses].tolist()))


@dataclass(frozen=True, slots=True)
class RandomUser(RejectTopUser):
    """Looks for one image, and ticks a random one, to show the value of a deliberate tick.

    Args:
        targets: int64 ``(q,)``, the target of each query.
        seed: of the ticks.
    """

    seed: int

    def _tick(self, query: int, target: int, shown: Indices) -> tuple[int, ...]:
        del target
        return (int(_random_generator(self.seed, query, shown).choice(shown)),)


@dataclass(frozen=True, slots=True)
class NoFeedbackUser:
    """Marks nothing and continues with any page: feedback without an oracle."""

    def mark(self, query: int, shown: Indices) -> Marks:
        """Mark nothing."""
        del query, shown
        return Marks()


@dataclass(frozen=True, slots=True)
class ErringUser:
    """Another user who marks some pages at random.

    On such a page every tick and every cross is put on any image shown; a target that is shown is
    still accepted.

    Args:
        user: the other one.
        errors: share of the pages, from 0 to 1.
        seed: of the errors.
    """

    user: User
    errors: float
    seed: int

    def mark(self, query: int, shown: Indices) -> Marks:
        """Mark as the other would, or as many images at random."""
        intended = self.user.mark(query, shown)
        rng = _random_generator(self.seed, query, shown)
        if intended.found is not None or rng.random() >= self.errors:
            return intended
        ticks, crosses = len(intended.relevant), len(intended.irrelevant)
        drawn = rng.permutation(shown)[: ticks + crosses].tolist()
        return Marks(tuple(drawn[:ticks]), tuple(drawn[ticks:]))


def _random_generator(seed: int, query: int, shown: Indices) -> np.random.Generator:
    return np.random.default_rng([seed, query, *shown.tolist()])


_USERS: dict[str, Callable[[EvaluationSet, UserSettings], User]] = {
    "known-item": lambda data, settings: KnownItemUser(
        data.groups, image_similarity(data), settings
    ),
    "truthful": lambda data, settings: TruthfulUser(data.relevant, settings.most),
    "pseudo": lambda _, settings: PseudoUser(settings.most),
    "random": lambda data, settings: RandomUser(data.groups, settings.seed),
    "passing": lambda data, _: RejectTopUser(data.groups),
    "silent": lambda _, __: NoFeedbackUser(),
}

USERS = tuple(_USERS)


def make_user(kind: str, evaluation_set: EvaluationSet, settings: UserSettings) -> User:
    """Return the user called ``kind``, for the queries of the evaluation set.

    Args:
        kind: one of ``USERS``.
        evaluation_set: the evaluation set of the queries.
        settings: how the user marks.

    Raises:
        InputError: there is no such user.
    """
    if kind not in _USERS:
        raise InputError(f"There is no user called {kind!r}. Choose one of: {', '.join(USERS)}.")
    user = _USERS[kind](evaluation_set, settings)
    return ErringUser(user, settings.errors, settings.seed) if settings.errors else user


def image_similarity(evaluation_set: EvaluationSet) -> Similarity:
    """Return the similarity of images by oracle embeddings, else captions, else embeddings."""
    vectors, dataset = evaluation_set.oracle_embeddings, evaluation_set.dataset
    if vectors is None:
        captions = dataset.captions_by_image
        if 2 * sum(map(bool, captions)) > len(captions):
            return CaptionSimilarity(dataset).similarities
        vectors = evaluation_set.images
    return lambda image: vectors @ vectors[image]
