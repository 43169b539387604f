"""Classifier: a regularised linear model learns from the marks, with the query as its prior.

After SeeSaw (Moll, Favela, Madden, Gadepally and Cafarella, "SeeSaw: interactive ad-hoc search
over image databases", SIGMOD 2023), which keeps the model near the text query, and Exquisitor
(Ragnarsdóttir et al., MM 2019; Khan et al., "Interactive learning at large", ECIR 2020), which
trains a linear model anew in every round. The model is

    f(x) = z(x) − b + w·û(x),    w = argmin Σ_i c_i log(1 + exp(−y_i f(x_i))) + λ/2 ‖w‖²

z are the query's standardised scores and û(x) an image's direction from the mean image. The few
marks make it a problem of as many unknowns (w = Σ_i a_i û(x_i)), solved by Newton's method in
well under a millisecond.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.feedback.base import Evidence, Verdict, counted
from firs.feedback.field import Field, standardised

Numbers = NDArray[np.float64]

_STEPS = 20
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

    def __post_init__(self) -> None:
        given = np.array([self.loose, self.cross, self.bias, self.strength], dtype=np.float64)
        if not np.all(np.isfinite(given)) or min(given) < 0 or not self.loose:
            raise InputError(
                f"A classifier's loose is above 0, its cross, bias and strength 0 or more, "
                f"not {self.loose}, {self.cross}, {self.bias}, {self.strength}."
            )

    def judge(self, evidence: Evidence, images: Field) -> Verdict:
        """What the model gives every image."""
        prior = standardised(evidence.first)
        ticks, crosses = evidence.relevant, evidence.irrelevant
        marked = np.concatenate([ticks, crosses])
        if not len(marked) or not self.strength:
            return Verdict(prior, "no marks to learn from, so the query alone decides")
        targets = np.repeat([1.0, 0.0], [len(ticks), len(crosses)])
        costs = np.where(targets > 0, 1.0, self.cross)
        directions = images.directions(marked)
        alike = (directions @ directions.T).astype(np.float64) / images.spread**2
        start = np.nan_to_num(prior[marked].astype(np.float64), neginf=0.0) - self.bias
        shares = _fitted(alike * self.loose * self.strength, start, targets, costs)
        weights = (self.loose * self.strength / images.spread) * shares @ directions
        learned = images.likeness(weights[np.newaxis].astype(np.float32))[:, 0]
        told = f"learned from {counted(len(ticks), 'tick')} and {counted(len(crosses), 'cross')}"
        return Verdict(prior + learned, told)


def _fitted(kernel: Numbers, start: Numbers, targets: Numbers, costs: Numbers) -> Numbers:
    """The dual weights ``(m,)`` at which the loss of ``start + kernel @ weights`` is least.

    There a = c·(y − p): each mark pulls by how wrong the model still is about it.
    """
    shares = np.zeros(len(targets))
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-(start + kernel @ shares)))
        rest = costs * (targets - chance) - shares
        curve = costs * chance * (1 - chance)
        step = np.linalg.solve(np.eye(len(targets)) + curve[:, np.newaxis] * kernel, rest)
        shares = shares + step
        if np.max(np.abs(step)) < _CLOSE:
            break
    return shares
