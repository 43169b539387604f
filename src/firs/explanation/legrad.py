"""``legrad``: what the score gains by the attention to each cell, in every layer.

Bousselham et al., "LeGrad: an explainability method for vision transformers via feature formation
sensitivity", 2024, eq. 5 to 9: with sˡ the score of the tokens after layer l,

    map = Σ over layers of the mean over heads and queries of ReLU(∂sˡ / ∂Aˡ)

Where the tower ends in a head that attends (SigLIP), Aˡ is the head's, looking at layer l.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.explanation.maps import Cells
from firs.explanation.tower import TowerExplainer


class LeGrad(TowerExplainer):
    """Gradients by attention weights, summed over layers."""

    name = "legrad"

    def cells(self, picture: Image.Image, text: NDArray[np.float32]) -> Cells:
        """How much each cell of a picture speaks for a text's vector."""
        look, wanted = self._tower.look(picture), self._tower.text(text)
        layers = []
        for attention, tokens in zip(look.attentions, look.tokens, strict=True):
            pooled = self._tower.pool(tokens, attention)
            gained = pooled.attention.gradient(pooled.vector @ wanted)
            layers.append(gained.relu().mean(dim=(0, 1)))
        return self._tower.cells(sum(layers))
