"""The protocol that every fusion keeps."""

from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from firs.fusion.ballots import Ballots

Points: TypeAlias = NDArray[np.float64]
"""float64, higher is better."""


@runtime_checkable
class Fusion(Protocol):
    """Several rankings into one number an item."""

    @property
    def name(self) -> str:
        """What a person types to get this fusion, such as ``rrf``."""

    def points(self, ballots: Ballots) -> Points:
        """Return the fused score of each item: float64 ``(items,)``, ordered as ``ballots.ids``.

        The scores do not depend on the order of the rankings.
        """
