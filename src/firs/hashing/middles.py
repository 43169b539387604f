"""What hashes share that see texts and images each from a middle of its own."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from firs.hashing.base import Arrays


@dataclass(frozen=True, slots=True)
class ModalityMeans:
    """The two middles; every field of a hash is an array that training found.

    Args:
        image_middle: float32 ``(dim,)``, what is taken from images.
        text_middle: float32 ``(dim,)``, what is taken from queries.
    """

    image_middle: NDArray[np.float32]
    text_middle: NDArray[np.float32]

    @property
    def dim(self) -> int:
        """Length of every vector."""
        return len(self.image_middle)

    def arrays(self) -> Arrays:
        """All fields."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def of(cls, arrays: Arrays) -> Self:
        """Return the hash from the arrays returned by ``arrays``."""
        return cls(**{each.name: arrays[each.name] for each in fields(cls)})
