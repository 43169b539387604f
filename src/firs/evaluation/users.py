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
    """Has one image in mind: accepts it when it is shown, else ticks the most similar one.

    Args:
        targets: int64 ``(q,)``, the target of each query.
        similarity: of images, by an encoder other than the one that ranks, or figures are
            optimistic.
    """

    similarity: Similarity

    def _tick(self, query: int, target: int, shown: Indices) -> tuple[int, ...]:
        del query
        return (int(shown[np.argmax(self.similarity(target)[shown])]),)


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
class NoisyUser:
    """Another user who sometimes marks something else than intended.

    Each tick, each cross and each find goes wrong with the probability ``noise``: a tick or a cross
    is put on any image shown, a find is overlooked.
    """

    user: User
    noise: float
    seed: int

    def mark(self, query: int, shown: Indices) -> Marks:
        """Mark as the other would, with errors."""
        rng = _random_generator(self.seed, query, shown)
        intended = self.user.mark(query, shown)
        if intended.found is not None and rng.random() < self.noise:
            return Marks()
        relevant = self._misplace(intended.relevant, shown, rng)
        crosses = self._misplace(intended.irrelevant, shown, rng)
        irrelevant = tuple(image for image in crosses if image not in relevant)
        return Marks(relevant, irrelevant, intended.found)

    def _misplace(
        self, images: tuple[int, ...], shown: Indices, rng: np.random.Generator
    ) -> tuple[int, ...]:
        is_wrong = rng.random(len(images)) < self.noise
        marked = [
            int(rng.choice(shown)) if wrong else image
            for image, wrong in zip(images, is_wrong, strict=True)
        ]
        return tuple(dict.fromkeys(marked))


def _random_generator(seed: int, query: int, shown: Indices) -> np.random.Generator:
    return np.random.default_rng([seed, query, *shown.tolist()])


_USERS: dict[str, Callable[[EvaluationSet, int, int], User]] = {
    "known-item": lambda data, _, __: KnownItemUser(data.groups, image_similarity(data)),
    "truthful": lambda data, most, _: TruthfulUser(data.relevant, most),
    "pseudo": lambda _, most, __: PseudoUser(most),
    "random": lambda data, _, seed: RandomUser(data.groups, seed),
    "passing": lambda data, _, __: RejectTopUser(data.groups),
    "silent": lambda _, __, ___: NoFeedbackUser(),
}

USERS = tuple(_USERS)


def make_user(
    kind: str, evaluation_set: EvaluationSet, *, most: int, noise: float, seed: int
) -> User:
    """Return the user called ``kind``, for the queries of the evaluation set.

    Args:
        kind: one of ``USERS``.
        evaluation_set: the evaluation set of the queries.
        most: how many images a ``truthful`` or ``pseudo`` user marks of either kind.
        noise: from 0 (none) to 1.
        seed: of the noise, and of ``random`` ticks.

    Raises:
        InputError: there is no such user, or a number is out of range.
    """
    if not 0 <= noise <= 1 or most < 1:
        raise InputError(f"A user has noise from 0 to 1 and marks 1 or more, not {noise}, {most}.")
    if kind not in _USERS:
        raise InputError(f"There is no user called {kind!r}. Choose one of: {', '.join(USERS)}.")
    user = _USERS[kind](evaluation_set, most, seed)
    return NoisyUser(user, noise, seed) if noise else user


def image_similarity(evaluation_set: EvaluationSet) -> Similarity:
    """Return the similarity of images by oracle embeddings, else captions, else embeddings."""
    vectors, dataset = evaluation_set.oracle_embeddings, evaluation_set.dataset
    if vectors is None:
        captions = dataset.captions_by_image
        if 2 * sum(map(bool, captions)) > len(captions):
            return CaptionSimilarity(dataset).similarities
        vectors = evaluation_set.images
    return lambda image: vectors @ vectors[image]
