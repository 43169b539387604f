"""``patches`` for CLIP and SigLIP: how near each cell is to the text, as the last layer sees it.

The cells' own tokens were never compared with a text in training; their values in the last
attention were, weighed and added (Zhou, Loy and Dai, "Extract free dense labels from CLIP", ECCV
2022, MaskCLIP). Each cell's value takes the way that their sum takes, and its cosine to the text
is told, less that to the mean of everyday texts, to which all cells are near. It needs no gradient.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.explanation.maps import Cells
from firs.explanation.tower import TowerExplainer
from firs.search.centres import text_middle


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
