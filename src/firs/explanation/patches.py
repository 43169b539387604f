"""``patches``: the contribution of each cell of the picture to the score.

If an image's embedding is the sum of its cells' vectors, as with ``mini``, its cosine to a text is
exactly the sum of the cells' contributions (class activation mapping; Zhou et al., 2016, eq. 2):

    s(text, picture) = t · Σ cell = Σ t · cell

The map shows the contributions above 0; ``Explanation.cells`` has all of them.

For CLIP and SigLIP on PyTorch the values of the last attention are compared with the text instead
(MaskCLIP; Zhou, Loy and Dai, "Extract free dense labels from CLIP", ECCV 2022).
"""

from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import Encoder, PatchEncoder
from firs.errors import InputError
from firs.explanation.attention import TowerExplainer
from firs.explanation.base import EncodedWords, Explainer, Explanation, ScoreExplainer
from firs.explanation.heatmaps import Cells, spread
from firs.search.matrix import text_middle


def open_patches(encoder: Encoder) -> Explainer:
    """Open the explanation by cells that an encoder supports.

    Raises:
        InputError: the encoder exposes no cells.
    """
    if isinstance(encoder, PatchEncoder):
        return Patches(encoder)
    if hasattr(encoder, "model"):
        return PatchSimilarity(encoder)
    raise InputError(
        f"{encoder.name} shows no cells of a picture. Explain by 'occlusion' or 'words', which "
        "work with every encoder."
    )


class Patches(ScoreExplainer):
    """Contributions of cells that add up to the score; the encoder is a ``PatchEncoder``."""

    name = "patches"

    def _explain(
        self, picture: Image.Image, upright: Image.Image, words: EncodedWords
    ) -> Explanation:
        vectors = cast("PatchEncoder", self._encoder).encode_patches(picture)
        cells, whole = vectors @ words.vector, vectors.sum(axis=(0, 1))
        return self._explanation(upright, words, whole, map_=spread(cells, upright), cells=cells)


class PatchSimilarity(TowerExplainer):
    """Cosines of the cells' values and the text, relative to the mean of many texts."""

    name = "patches"

    def cells(self, picture: Image.Image, text: NDArray[np.float32]) -> Cells:
        """Return the similarity of each cell to a text's embedding."""
        output = self._tower.run(picture)
        pooled = self._tower.pool(output.tokens[-1], output.attentions[-1])
        difference = self._tower.to_tensor(text - self._mean_text)
        return self._tower.to_cells(self._tower.project_values(pooled.attention) @ difference)

    @cached_property
    def _mean_text(self) -> NDArray[np.float32]:
        return text_middle(self._encoder)
