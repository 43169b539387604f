"""Bank: no model at all; an image's own captions, then those of a bank that lie nearest to it.

The bank is what the collection says of its images and the everyday texts that come with QT-FIRS
(see ``firs.calibration.bank``), and nearness is the encoder's. Captions by retrieval are the oldest
of all (Ordonez et al., "Im2Text: describing images using 1 million captioned photographs", NIPS
2011), and need nothing that is not here already.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from firs.encoders import Vectors
from firs.refinement.base import Picture

CAPTIONS = 5
"""Of one image."""


@dataclass
class Bank:
    """Captions that others wrote.

    Args:
        texts: what the bank holds.
        vectors: float32 ``(len(texts), dim)``, by the encoder of the pictures' vectors.
        encoder: its name.
        captions: how many an image.
    """

    texts: Sequence[str]
    vectors: Vectors
    encoder: str
    captions: int = CAPTIONS
    sends = ""
    spent = (0, 0)

    @cached_property
    def key(self) -> str:
        """The encoder and the texts."""
        digest = hashlib.blake2b("\0".join(self.texts).encode(), digest_size=8).hexdigest()
        return f"bank:{self.encoder}:{self.captions}:{digest}"

    def close(self) -> None:
        """Do nothing: no file or connection is open."""

    def caption(self, picture: Picture) -> tuple[str, ...]:
        """Its own captions first; as many of the bank as are wanting."""
        own = tuple(dict.fromkeys(picture.captions))[: self.captions]
        wanting = self.captions - len(own)
        if not wanting or not len(self.texts):
            return own
        near = self.vectors @ picture.vector
        best = np.argsort(-near, kind="stable")[: self.captions + wanting]
        others = [self.texts[at] for at in best.tolist() if self.texts[at] not in own]
        return (*own, *others[:wanting])
