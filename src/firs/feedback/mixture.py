"""Bayesian feedback that adapts to the user: an average over how much to trust query and picks.

Some users pick what looks alike, others what is about the same things; the latter's picks say less
about embeddings of images. How much less is not known in advance, but the picks show it: they are
consistent with the embeddings or not. So instead of one prior weight κ and one blur σ (see
``firs.feedback.bayes``) there are several of each, and the posterior probability of an image is
their average, weighted by how well each predicted the picks so far (Bayesian model averaging;
Hoeting, Madigan, Raftery and Volinsky, Statistical Science 14, 1999). The weights need not be
computed, since they cancel:

    P(t | picks) ∝ Σ_κ exp(κ·z(t)) / Z_κ  ·  Σ_σ Π_pages P_σ(marks | t),   Z_κ = Σ_u exp(κ·z(u))

    P_σ(pick p | t) = (1 − ε) · exp(s(t, p) / σ) / Σ_{d ∈ D} exp(s(t, d) / σ)  +  ε / |D|

with the query's standardised scores z, similarities s in units of their standard deviation, the
images displayed D, and a share ε of picks that say nothing.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.feedback.base import (
    CentredEmbeddings,
    FeedbackInput,
    FeedbackResult,
    Page,
    Scores,
    count_of,
)

PRIORS = (2 / 3, 4 / 3)
"""The prior weights κ, as multiples of ``prior``."""

BLURS = 4
"""Number of blurs σ, each twice the one before."""

MOST = 16
"""Number of displayed images that are compared; unmarked ones are sampled evenly."""

_ROWS = 8_192
"""Images at a time, so that intermediate results fit a processor's cache."""

_THREADS = 2
_MOST_SPREADS = 40.0
"""Limit of a similarity, so that the exponential of the sharpest blur is finite in float32."""

Evidence = NDArray[np.float32]
"""float32 ``(BLURS, n)``, log-likelihood of a page's marks for each blur and each image."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """Posterior probabilities of all images, averaged over several models of the user.

    Args:
        prior: κ, mean weight of the query's standardised scores.
        blur: σ, the smallest, in standard deviations of similarity.
        random_share: ε, share of picks that say nothing.
        cross: weight of a cross relative to a pick.
        strength: weight of the picks relative to the query.

    Raises:
        InputError: a parameter is out of range.
    """

    prior: float = 1.5
    blur: float = 1.5
    random_share: float = 0.02
    cross: float = 0.25
    strength: float = 1.0
    reads_marks: ClassVar[bool] = True

    def __post_init__(self) -> None:
        given = np.array([self.prior, self.blur, self.cross, self.strength], dtype=np.float64)
        if not np.all(np.isfinite(given)) or min(given) < 0 or not self.prior or not self.blur:
            raise InputError(
                f"The prior and the blur of a mixture are above 0, cross and strength 0 or more, "
                f"not {self.prior}, {self.blur}, {self.cross}, {self.strength}."
            )
        if not 0 <= self.random_share < 1:
            raise InputError(
                f"The random share of a mixture is 0 or more and below 1, not {self.random_share}."
            )

    def rerank(self, feedback: FeedbackInput, images: CentredEmbeddings) -> FeedbackResult:
        """Return the logarithm of each image's probability, and how many are still likely."""
        belief = self._prior(images.standardise(feedback.query_scores), images)
        pages = [page for page in feedback.pages if page.is_marked]
        if pages and self.strength:
            evidence = np.sum([self._page_evidence(page, images) for page in pages], axis=0)
            belief = belief + _log_sum_exp(np.float32(self.strength) * evidence)
        belief = np.where(np.isfinite(feedback.query_scores), belief, -np.inf).astype(np.float32)
        picks = count_of(len(feedback.relevant), "pick")
        return FeedbackResult(
            belief,
            f"{picks} compared with what was shown next to them",
            still_likely=count_likely(belief, feedback.pages, images),
        )

    def _prior(self, scores: Scores, images: CentredEmbeddings) -> Scores:
        """Return the logarithm of the average over the prior weights."""
        weighted = np.stack([np.float32(self.prior * each) * scores for each in PRIORS])
        weights = population_weights(images)
        for each in weighted:
            top = each.max()
            each -= top + np.log(np.exp(each - top) @ weights)
        return _log_sum_exp(weighted)

    def _page_evidence(self, page: Page, images: CentredEmbeddings) -> Evidence:
        """Return the log-likelihood of a page's marks; computed once per page."""
        key = f"mixture {self.blur} {self.random_share} {self.cross} {len(images)}"
        if key not in page.cache:
            page.cache[key] = self._likelihood(page, images)
        return page.cache[key]

    def _likelihood(self, page: Page, images: CentredEmbeddings) -> Evidence:
        ticks, crosses = len(page.relevant), len(page.irrelevant)
        marked = np.concatenate([page.relevant, page.irrelevant])
        rest = page.shown[~np.isin(page.shown, marked)]
        some = evenly(rest, max(MOST - len(marked), 1))
        share = len(rest) / max(len(some), 1)
        likeness = images.likeness(images.directions(np.concatenate([marked, some])))
        evidence = np.empty((BLURS, len(images)), dtype=np.float32)

        def fill(at: int) -> None:
            rows = slice(at, at + _ROWS)
            part = np.clip(likeness[rows], -_MOST_SPREADS, _MOST_SPREADS)
            self._fill(evidence[:, rows], part, ticks, crosses, share)

        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(fill, range(0, len(images), _ROWS)))
        return evidence

    def _fill(
        self, evidence: Evidence, likeness: Scores, ticks: int, crosses: int, share: float
    ) -> None:
        """Compute the evidence of some images from the largest blur to the smallest.

        Half the blur is the square of the exponential, so only the first one is computed.
        """
        widest = self.blur * 2 ** (BLURS - 1)
        power = np.exp(likeness / np.float32(widest))
        for row in evidence[::-1]:
            row[:] = self._read(power, ticks, crosses, share)
            power *= power

    def _read(
        self, power: NDArray[np.float32], ticks: int, crosses: int, share: float
    ) -> NDArray[np.float32]:
        """Return the log-likelihood of the ticks and crosses, which are the first columns."""
        marked = ticks + crosses
        picked, crossed, rest = np.split(power, [ticks, marked], axis=1)
        others = crossed.sum(axis=1) + np.float32(share) * rest.sum(axis=1)
        shown = 1 + crosses + share * rest.shape[1]
        told = np.log(self._with_errors(picked / (picked + others[:, np.newaxis]), shown))
        found = told.sum(axis=1)
        if crosses:
            inverse, passed = 1 / crossed, (1 / picked).sum(axis=1)
            passed += np.float32(share) * (1 / rest).sum(axis=1)
            chance = inverse / (inverse + passed[:, np.newaxis])
            shown = 1 + ticks + share * rest.shape[1]
            found += np.float32(self.cross) * np.log(self._with_errors(chance, shown)).sum(axis=1)
        return np.asarray(found, dtype=np.float32)

    def _with_errors(self, chance: NDArray[np.float32], shown: float) -> NDArray[np.float32]:
        return np.float32(1 - self.random_share) * chance + np.float32(self.random_share / shown)


def evenly(places: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return at most ``count`` of some places, evenly spaced."""
    if len(places) <= count:
        return places
    return places[np.linspace(0, len(places) - 1, count).round().astype(np.int64)]


def population_weights(images: CentredEmbeddings) -> NDArray[np.float32]:
    """Return how many images of the collection each image in memory represents."""
    population = images.table.population
    if population is None:
        return np.ones(len(images), dtype=np.float32)
    return population.weights(len(images)).astype(np.float32)


def count_likely(belief: Scores, pages: Sequence[Page], images: CentredEmbeddings) -> float:
    """Return the effective number of unseen images that may be the target.

    That is the exponential of the entropy of their probabilities: n if n are equally likely.

    Args:
        belief: float32 ``(n,)``, logarithms of probabilities up to a constant.
        pages: the pages that were seen.
        images: all images.
    """
    unseen = belief.astype(np.float64)
    for page in pages:
        unseen[page.shown] = -np.inf
    top = unseen.max(initial=-np.inf)
    if not np.isfinite(top):
        return 0.0
    weights = population_weights(images)
    chance = np.exp(unseen - top)
    total = float(chance @ weights)
    surprise = np.where(chance > 0, top - unseen, 0) + np.log(total)
    return float(np.exp((chance * surprise) @ weights / total))


def _log_sum_exp(rows: NDArray[np.float32]) -> Scores:
    """Return log Σ exp over the first axis of ``(m, n)``; minus infinity where all are."""
    top = rows.max(axis=0)
    top = np.where(np.isfinite(top), top, np.float32(0))
    with np.errstate(divide="ignore"):
        return np.asarray(top + np.log(np.exp(rows - top).sum(axis=0)), dtype=np.float32)
