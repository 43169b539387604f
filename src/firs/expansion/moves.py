"""Moves: an image accepted for a query moves slightly towards that query.

Rocchio's formula (see ``firs.feedback.rocchio``) applied to images instead of queries, as document
vectors were modified by Brauen ("Document vector modification", in Salton (ed.), The SMART
Retrieval System, 1971):

    v' = v + tan(a) · d̂,   d = Σ_q the direction of q from the mean text

d is made orthogonal to the mean text, so that what all texts have in common moves nothing. The
angle a is a fixed step per query, with a maximum. Older queries of an image count less with each
newer one. A moved image is nearer to other texts as well; the gain that nearly all texts get, the
floor, is subtracted, so an image rises only for queries like those it was accepted for. The queries
themselves are excluded from these texts, otherwise many of them would cancel their own effect. A
loss for other texts is reduced, as for captions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.errors import InputError
from firs.expansion.captions import mostly_for
from firs.index.base import Scores
from firs.search.matrix import directions_from, product

STEP, MOST = 4.0, 12.0
"""Degrees that a query moves an image, and that an image is moved at most."""
DECAY = 0.7
"""What is left of a move when a newer one comes."""
SHARE = 0.9975
"""Of all other texts, so many are not to gain by a move."""

_SAME = 0.999
"""Cosine from which on a text is the query itself."""
_NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Move:
    """How one image is moved.

    Args:
        shift: float32 ``(dim,)``, what is added to its vector.
        floor: what the shift gives to nearly all texts.
    """

    shift: NDArray[np.float32]
    floor: float

    @property
    def degrees(self) -> float:
        """How far it is moved, at a right angle to its vector."""
        return float(np.degrees(np.arctan(np.linalg.norm(self.shift))))


def towards(
    queries: Vectors, middle: NDArray[np.float32], texts: Vectors, step: float = STEP
) -> Move | None:
    """Return the move of an image towards the queries for which it was accepted.

    Args:
        queries: float32 ``(m, dim)``.
        middle: float32 ``(dim,)``, the mean of all texts.
        texts: float32 ``(t, dim)``, various texts for the floor; may include the queries.
        step: degrees per query.

    Returns:
        None if the queries cancel out.

    Raises:
        InputError: there is no text other than the queries.
    """
    others = texts[(product(texts, queries) < _SAME).all(axis=1)]
    if not len(others):
        raise InputError("The effect of a move on other texts needs 1 text or more.")
    along = middle / max(float(np.linalg.norm(middle)), _NOTHING)
    direction = directions_from(middle, queries).sum(axis=0)
    direction = direction - (direction @ along) * along
    length = float(np.linalg.norm(direction))
    if length < _NOTHING:
        return None
    size = np.tan(np.radians(min(step * len(queries), MOST)))
    shift = (direction * (size / length)).astype(np.float32)
    return Move(shift, float(np.quantile(others @ shift, SHARE)))


def together(moves: Sequence[Move]) -> Move:
    """Several moves of one image, the oldest first, as one that is no larger than may be.

    Raises:
        InputError: there are none.
    """
    if not moves:
        raise InputError("There is no move to put together.")
    counts = DECAY ** np.arange(len(moves))[::-1]
    shift = sum(count * move.shift for count, move in zip(counts, moves, strict=True))
    floor = sum(float(count) * move.floor for count, move in zip(counts, moves, strict=True))
    length = float(np.linalg.norm(np.asarray(shift)))
    kept = min(1.0, float(np.tan(np.radians(MOST))) / max(length, _NOTHING))
    return Move(np.asarray(kept * shift, dtype=np.float32), kept * floor)


class Moves:
    """Moved images.

    Args:
        places: int64 ``(m,)``, their positions, ascending.
        moves: the move of each.
    """

    def __init__(self, places: NDArray[np.int64], moves: Sequence[Move]) -> None:
        self.places = places
        self._shifts = np.stack([move.shift for move in moves])
        self._floors = np.array([move.floor for move in moves], dtype=np.float32)

    def __len__(self) -> int:
        return len(self.places)

    def score_changes(self, queries: Vectors) -> Scores:
        """What is added to the scores of the images at ``places``: float32 ``(q, m)``."""
        return mostly_for((product(self._shifts, queries) - self._floors[:, np.newaxis]).T)
