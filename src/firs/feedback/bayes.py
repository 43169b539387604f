"""Bayesian feedback: each pick raises the probability of the targets that explain it.

Cox, Miller, Minka, Papathomas and Yianilos, "The Bayesian image retrieval system, PicHunter", IEEE
Transactions on Image Processing 9, 2000, with the display model of SOMHunter (Kratochvíl, Veselý,
Mejzlík and Lokoč, MMM 2020). A pick is relative: of the images displayed (D), p is the most similar
to the target t.

    log P(t | picks) = κ·z(t) + λ · Σ over picks p of ( s(t, p) − log Σ_{d ∈ D} exp s(t, d) ) + c

z is the query's standardised score and s(t, d) = similarity / σ, in units of its standard
deviation. Everything is computed in logarithms, so a million images and a hundred picks do not
underflow.
"""

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
    Places,
    Scores,
    count_of,
)

MOST = 32
"""Of a long page so many of the first shown are compared with what was picked."""

_ROWS = 8_192
"""Images at a time: what is worked out of them fits a processor's cache."""

_THREADS = 2


@dataclass(frozen=True, slots=True)
class Bayes:
    """Posterior probabilities of all images.

    Args:
        prior: κ, weight of the query's standardised scores.
        blur: σ, in standard deviations of similarity: tolerance for picks that are not the best.
        cross: weight of a cross relative to a pick: a crossed image is less similar to the target
            than the other images displayed.
        strength: λ, weight of the picks relative to the query.

    Raises:
        InputError: a parameter is negative or not finite, or ``prior`` or ``blur`` is 0.
    """

    prior: float = 1.5
    blur: float = 3.0
    cross: float = 0.25
    strength: float = 1.0
    reads_marks: ClassVar[bool] = True

    def __post_init__(self) -> None:
        given = np.array([self.prior, self.blur, self.cross, self.strength], dtype=np.float64)
        if not np.all(np.isfinite(given)) or min(given) < 0 or not self.prior or not self.blur:
            raise InputError(
                f"The prior and the blur of a belief are above 0, cross and strength 0 or more, "
                f"not {self.prior}, {self.blur}, {self.cross}, {self.strength}."
            )

    def rerank(self, feedback: FeedbackInput, images: CentredEmbeddings) -> FeedbackResult:
        """The logarithm of the belief in each image, up to a constant."""
        belief = self.prior * images.standardise(feedback.query_scores)
        for page in feedback.pages:
            if page.is_marked:
                belief = belief + np.float32(self.strength) * self._page_evidence(page, images)
        picks = count_of(len(feedback.relevant), "tick")
        summary = f"learned from {picks} and the pictures shown next to them"
        return FeedbackResult(belief.astype(np.float32), summary)

    def _page_evidence(self, page: Page, images: CentredEmbeddings) -> Scores:
        """Return the log-likelihood of a page's marks for every image; computed once per page."""
        key = f"bayes {self.blur} {self.cross} {len(images)}"
        if key not in page.cache:
            page.cache[key] = self._likelihood(page, images)
        return page.cache[key]

    def _likelihood(self, page: Page, images: CentredEmbeddings) -> Scores:
        display = _display(page)
        like = images.likeness(images.directions(display))
        like /= np.float32(self.blur)
        ticks, crosses = len(page.relevant), len(page.irrelevant)
        evidence = np.empty(len(images), dtype=np.float32)

        def fill(at: int) -> None:
            some = slice(at, at + _ROWS)
            evidence[some] = self._read(like[some], ticks, crosses)

        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(fill, range(0, len(images), _ROWS)))
        return evidence

    def _read(self, like: NDArray[np.float32], ticks: int, crosses: int) -> Scores:
        """Return the log-likelihood of the ticks and crosses, which are the first columns."""
        picked = like[:, :ticks].sum(axis=1) - ticks * _log_sum_exp(like)
        if not crosses:
            return np.asarray(picked, dtype=np.float32)
        away = like[:, ticks : ticks + crosses].sum(axis=1) + crosses * _log_sum_exp(-like)
        return np.asarray(picked - np.float32(self.cross) * away, dtype=np.float32)


def _display(page: Page) -> Places:
    """What was marked, and of the rest the first that were shown."""
    marked = np.concatenate([page.relevant, page.irrelevant])
    rest = page.shown[~np.isin(page.shown, marked)]
    return np.concatenate([marked, rest[: max(MOST - len(marked), 0)]])


def _log_sum_exp(values: NDArray[np.float32]) -> Scores:
    top = values.max(axis=1, keepdims=True)
    apart = values - top
    np.exp(apart, out=apart)
    return np.asarray(top[:, 0] + np.log(apart.sum(axis=1)), dtype=np.float32)
