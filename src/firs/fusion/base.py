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
        """What each item deserves: float64 ``(items,)``, in the order of ``ballots.ids``.

        They depend on what the lists say and on their weights, not on the order of the lists.
        """
