"""``patches``: what each cell of the picture adds to the score.

Where a picture's vector is the sum of its cells' vectors, as ``mini``'s is, its cosine to a text
is the sum of the cells' shares, exactly (class activation mapping; Zhou et al., 2016, eq. 2):

    s(text, picture) = t · Σ cell = Σ t · cell

The map shows the shares above 0; ``Explanation.cells`` has all of them. Of CLIP and SigLIP through
PyTorch the cells are compared with the text instead: see ``firs.explanation.patches``.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import Encoder, PatchEncoder
from firs.errors import InputError
from firs.explanation.attention import TowerExplainer
from firs.explanation.base import Explainer, Explanation
from firs.explanation.heatmaps import Cells, prepare_picture, spread
from firs.explanation.words import EncodedWords
from firs.search.matrix import text_middle


class Patches:
    """Shares of cells that add up to the score, and shares of words.

    Args:
        encoder: an encoder with cells that add up to its embeddings.
    """

    name = "patches"

    def __init__(self, encoder: PatchEncoder) -> None:
        self._encoder = encoder

    def explain(self, pictures: Sequence[Image.Image], text: str) -> list[Explanation]:
        """Compute the share of each cell and of each word, for each of some pictures.

        Raises:
            InputError: there is no word in the text.
        """
        told = EncodedWords(self._encoder, text)
        return [self._explanation(picture, told, text) for picture in pictures]

    def _explanation(self, picture: Image.Image, told: EncodedWords, text: str) -> Explanation:
        vectors = self._encoder.encode_patches(picture)
        cells, whole, upright = (
            vectors @ told.vector,
            vectors.sum(axis=(0, 1)),
            prepare_picture(picture),
        )
        return Explanation(
            self.name,
            text,
            upright,
            map=spread(cells, upright),
            score=told.score(whole),
            cells=cells,
            words=told.shares(whole),
        )


def open_patches(encoder: Encoder) -> Explainer:
    """Open the explanation by cells that an encoder allows.

    Raises:
        InputError: it shows no cells.
    """
    if isinstance(encoder, PatchEncoder):
        return Patches(encoder)
    if hasattr(encoder, "model"):
        return Similarity(encoder)
    raise InputError(
        f"{encoder.name} shows no cells of a picture. Explain by 'occlusion' or 'words', which "
        "work with every encoder."
    )


class Similarity(TowerExplainer):
    """Cosines of the cells' values and the text."""

    name = "patches"

    def cells(self, picture: Image.Image, text: NDArray[np.float32]) -> Cells:
        """How much each cell of a picture speaks for a text's vector."""
        look = self._tower.look(picture)
        pooled = self._tower.pool(look.tokens[-1], look.attentions[-1])
        beyond = self._tower.text(text - self._usual)
        return self._tower.cells(self._tower.of_values(pooled.attention) @ beyond)

    @cached_property
    def _usual(self) -> NDArray[np.float32]:
        return text_middle(self._encoder)
