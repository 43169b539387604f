"""``grad-eclip``: the last attention's values, weighed by what the score gains by each channel.

Zhao et al., "Gradient-based visual explanation for transformer-based CLIP", ICML 2024, eq. 5 to 9:

    map(i) = ReLU( Σ over channels c of  ∂s/∂o(c) · λ(i) · v(i, c) )

with o what the last attention gives the vector, v(i) the values of cell i, and λ(i) the cosine of
query and key of cell i, brought to 0 to 1 over all cells: attention without softmax, which is
too sparse.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.explanation.maps import Cells
from firs.explanation.tower import TowerExplainer

_NOTHING = 1e-12


class GradEclip(TowerExplainer):
    """Gradients by channels, at the last attention."""

    name = "grad-eclip"

    def cells(self, picture: Image.Image, text: NDArray[np.float32]) -> Cells:
        """How much each cell of a picture speaks for a text's vector."""
        import torch

        look = self._tower.look(picture)
        pooled = self._tower.pool(look.tokens[-1], look.attentions[-1])
        chosen = pooled.attention
        score = pooled.vector @ self._tower.text(text)
        [by_attended] = torch.autograd.grad(score, chosen.attended)
        near = torch.cosine_similarity(chosen.queries[0, :1], chosen.keys[0], dim=-1)
        near = (near - near.min()) / (near.max() - near.min()).clamp_min(_NOTHING)
        values = (by_attended[0, 0] * chosen.values[0]).sum(dim=-1)
        return self._tower.cells((near * values).relu())
