"""Classifier feedback: a regularised linear model trained on the marks, with the query as prior.

After SeeSaw (Moll, Favela, Madden, Gadepally and Cafarella, "SeeSaw: interactive ad-hoc search over
image databases", SIGMOD 2023), which keeps the model near the text query, and Exquisitor
(Ragnarsdóttir et al., MM 2019; Khan et al., "Interactive learning at large", ECIR 2020), which
retrains a linear model in every round. The model is

    f(x) = z(x) − b + w·û(x),    w = argmin Σ_i c_i log(1 + exp(−y_i f(x_i))) + λ/2 ‖w‖²

z is the query's standardised score and û(x) an image's direction from the mean image. With few
marks the problem has few unknowns (w = Σ_i a_i û(x_i)); Newton's method solves it in well under a
millisecond.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.feedback.base import CentredEmbeddings, FeedbackInput, FeedbackResult, count_of

Numbers = NDArray[np.float64]

_STEPS = 50
_CLOSE = 1e-8


@dataclass(frozen=True, slots=True)
class Classifier:
    """Logistic regression on the marks.

    Args:
        loose: 1/λ, how far the marks may move the model, in squared spreads of likeness.
        cross: c of a cross, where a tick's is 1.
        bias: b, the standardised score from which on an image is more likely relevant than not.
        strength: multiplies ``loose``.

    Raises:
        InputError: a parameter is negative or not finite, or ``loose`` is 0.
    """

    loose: float = 0.2
    cross: float = 0.05
    bias: float = 4.0
    strength: float = 1.0
    reads_marks: ClassVar[bool] = True

    def __post_init__(self) -> None:
        given = np.array([self.loose, self.cross, self.bias, self.strength], dtype=np.float64)
        if not np.all(np.isfinite(given)) or min(given) < 0 or not self.loose:
            raise InputError(
                f"A classifier's loose is above 0, its cross, bias and strength 0 or more, "
                f"not {self.loose}, {self.cross}, {self.bias}, {self.strength}."
            )

    def rerank(self, feedback: FeedbackInput, images: CentredEmbeddings) -> FeedbackResult:
        """What the model gives every image."""
        prior = images.standardise(feedback.query_scores)
        ticks, crosses = feedback.relevant, feedback.irrelevant
        marked = np.concatenate([ticks, crosses])
        if not len(marked) or not self.strength:
            return FeedbackResult(prior, "no marks to learn from, so the query alone decides")
        targets = np.repeat([1.0, 0.0], [len(ticks), len(crosses)])
        costs = np.where(targets > 0, 1.0, self.cross)
        directions = images.directions(marked)
        alike = (directions @ directions.T).astype(np.float64) / images.spread**2
        start = np.nan_to_num(prior[marked].astype(np.float64), neginf=0.0) - self.bias
        shares = Fit(alike * self.loose * self.strength, start, targets, costs).least()
        weights = (self.loose * self.strength / images.spread) * shares @ directions
        learned = images.likeness(weights[np.newaxis].astype(np.float32))[:, 0]
        summary = (
            f"learned from {count_of(len(ticks), 'tick')} and {count_of(len(crosses), 'cross')}"
        )
        return FeedbackResult(prior + learned, summary)


@dataclass(frozen=True, slots=True)
class Fit:
    """The model's fit in its dual weights ``(m,)``, one a mark: w = Σ_i a_i û(x_i).

    Args:
        kernel: float64 ``(m, m)``, how like the marks are, with λ in it.
        start: what the query alone gives them.
        targets: 1 for a tick, 0 for a cross.
        costs: c, how much each counts.
    """

    kernel: Numbers
    start: Numbers
    targets: Numbers
    costs: Numbers

    def least(self) -> Numbers:
        """The weights of least loss; there a = c·(y − p): a mark pulls as far as it surprises."""
        weights = np.zeros(len(self.targets))
        for _ in range(_STEPS):
            step = self._downhill(weights, self._newton(weights))
            weights = weights + step
            if np.max(np.abs(step)) < _CLOSE:
                break
        return weights

    def loss(self, weights: Numbers) -> float:
        """What is minimised."""
        pulled = self.kernel @ weights
        wrong = np.logaddexp(0, np.where(self.targets > 0, -1, 1) * (self.start + pulled))
        return float(self.costs @ wrong + weights @ pulled / 2)

    def surprise(self, weights: Numbers) -> Numbers:
        """c·(y − p) of each mark."""
        return self.costs * (self.targets - self._chance(weights))

    def _newton(self, weights: Numbers) -> Numbers:
        chance = self._chance(weights)
        curve = self.costs * chance * (1 - chance)
        system = np.eye(len(weights)) + curve[:, np.newaxis] * self.kernel
        return np.asarray(np.linalg.solve(system, self.surprise(weights) - weights), np.float64)

    def _downhill(self, weights: Numbers, step: Numbers) -> Numbers:
        """A step halved until it leads down; Newton's runs away where marks are much alike."""
        loss = self.loss(weights)
        while np.max(np.abs(step)) >= _CLOSE and self.loss(weights + step) > loss:
            step = step / 2
        return step

    def _chance(self, weights: Numbers) -> Numbers:
        """The logistic function, written so that it overflows nowhere."""
        return np.asarray(0.5 * (1 + np.tanh((self.start + self.kernel @ weights) / 2)))
