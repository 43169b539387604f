"""``legrad`` and ``grad-eclip``: explanations by the attention of a CLIP or SigLIP on PyTorch.

LeGrad (Bousselham et al., "LeGrad: an explainability method for vision transformers via feature
formation sensitivity", 2024) sums over layers what the score gains from the attention to each cell.
Grad-ECLIP (Zhao et al., "Gradient-based visual explanation for transformer-based CLIP", ICML 2024)
weights the values of the last attention by their gradients.

The inputs and outputs of each attention are recorded by hooks on its projections, so that any fast
attention may run: the gradient of a score with respect to an attention weight follows from that
with respect to the attended values, since ``o = Σⱼ Aⱼ vⱼ``.
"""

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import Encoder
from firs.encoders.torch_common import to_numpy, to_tensor
from firs.errors import InputError
from firs.explanation import MODEL_TYPES
from firs.explanation.base import EncodedWords, Explanation, ScoreExplainer
from firs.explanation.heatmaps import Cells, spread

_EPSILON = 1e-12


@dataclass(frozen=True, slots=True)
class Attention:
    """One attention: queries, keys and values ``(1, tokens, width)``, and the attended values."""

    queries: Any
    keys: Any
    values: Any
    attended: Any
    heads: int

    def gradient(self, score: Any) -> Any:
        """Return the gradient of a score with respect to the weights ``(heads, queries, keys)``."""
        import torch

        [by_attended] = torch.autograd.grad(score, self.attended, retain_graph=True)
        return torch.einsum(
            "qhd,khd->hqk", self._by_head(by_attended[0]), self._by_head(self.values[0])
        )

    def _by_head(self, rows: Any) -> Any:
        return rows.reshape(rows.shape[0], self.heads, -1)


@dataclass(frozen=True, slots=True)
class TowerOutput:
    """The attentions of all layers for one picture, and the tokens after each layer."""

    attentions: list[Attention]
    tokens: list[Any]


@dataclass(frozen=True, slots=True)
class PooledVector:
    """A unit vector ``(dim,)``, pooled from tokens, and the attention that weights the tokens."""

    vector: Any
    attention: Attention


class Tower:
    """The image tower of a CLIP or SigLIP.

    Args:
        encoder: a CLIP or SigLIP of fixed size, opened by transformers.

    Raises:
        InputError: the encoder is another one.
    """

    def __init__(self, encoder: Encoder) -> None:
        if getattr(encoder, "kind", "") not in MODEL_TYPES:
            raise InputError(
                f"This method needs a CLIP or SigLIP that is opened by transformers:, which "
                f"{encoder.name} is not. Explain by 'occlusion' or 'words', which work with "
                "every encoder."
            )
        self.encoder = cast("Any", encoder)
        self.model: Any = self.encoder.model.vision_model
        self.model = getattr(self.model, "vision_model", self.model)
        self.heads = int(self.encoder.model.config.vision_config.num_attention_heads)
        self.has_head: bool = self.encoder.kind == "siglip"

    def run(self, picture: Image.Image) -> TowerOutput:
        """Run the tower on one picture; all outputs are differentiable."""
        import torch

        pixels = self.to_tensor(self.encoder.preprocess(picture)[np.newaxis])
        with torch.enable_grad(), self._record() as records:
            self.model(pixel_values=pixels.requires_grad_())
        attentions = [
            Attention(each["q_proj"], each["k_proj"], each["v_proj"], each["out"], self.heads)
            for each in records
        ]
        return TowerOutput(attentions, [each["tokens"] for each in records])

    def pool(self, tokens: Any, attention: Attention) -> PooledVector:
        """Return the embedding that the tokens ``(1, n, width)`` of a layer would have.

        Args:
            tokens: the tokens after the layer.
            attention: the layer's, which weights the tokens if the tower has no head.
        """
        import torch

        with torch.enable_grad():
            normal = self.model.post_layernorm(tokens)
            if self.has_head:
                return self._apply_head(normal)
            vector = self.encoder.model.visual_projection(normal[0, 0])
        return PooledVector(vector / vector.norm(), attention)

    def project_values(self, attention: Attention) -> Any:
        """Return the embeddings ``(tokens, dim)`` if all attention were on one token."""
        import torch

        with torch.no_grad():
            if self.has_head:
                rows = self._apply_mlp(self.model.head.attention.out_proj(attention.values[0]))
            else:
                layer = self.model.encoder.layers[-1]
                rows = self.model.post_layernorm(layer.self_attn.out_proj(attention.values[0]))
                rows = self.encoder.model.visual_projection(rows)
        return rows / rows.norm(dim=-1, keepdim=True)

    def to_cells(self, values: Any) -> Cells:
        """Return one value per token as float32 ``(rows, cols)``, without the class token."""
        cells = to_numpy(values if self.has_head else values[1:])
        rules = self.encoder.preprocess
        rows = round((len(cells) * rules.height / rules.width) ** 0.5)
        return cells.reshape(rows, -1)

    def to_tensor(self, values: NDArray[np.float32]) -> Any:
        """Return an array as a tensor on the model's device."""
        return to_tensor(self.model, values)

    def _apply_head(self, tokens: Any) -> PooledVector:
        """Apply SigLIP's head step by step: attention from a learnt probe, then a small network."""
        import torch

        head = self.model.head
        weights = head.attention.in_proj_weight.chunk(3)
        biases = head.attention.in_proj_bias.chunk(3)
        queries, keys, values = (
            torch.nn.functional.linear(rows, weight, bias)
            for rows, weight, bias in zip(
                (head.probe, tokens, tokens), weights, biases, strict=True
            )
        )
        split = [
            each.reshape(1, each.shape[1], self.heads, -1).transpose(1, 2)
            for each in (queries, keys, values)
        ]
        attended = torch.nn.functional.scaled_dot_product_attention(*split)
        attended = attended.transpose(1, 2).reshape(1, 1, -1)
        vector = self._apply_mlp(head.attention.out_proj(attended))[0, 0]
        attention = Attention(queries, keys, values, attended, self.heads)
        return PooledVector(vector / vector.norm(), attention)

    def _apply_mlp(self, rows: Any) -> Any:
        return rows + self.model.head.mlp(self.model.head.layernorm(rows))

    @contextmanager
    def _record(self) -> Iterator[list[dict[str, Any]]]:
        layers = list(self.model.encoder.layers)
        records: list[dict[str, Any]] = [{} for _ in layers]
        pairs = zip(layers, records, strict=True)
        hooks = [hook for layer, record in pairs for hook in _add_hooks(layer, record)]
        try:
            yield records
        finally:
            for hook in hooks:
                hook.remove()


def _add_hooks(layer: Any, record: dict[str, Any]) -> Iterator[Any]:
    def record_output(name: str) -> Any:
        def hook(_module: Any, _inputs: Any, output: Any) -> None:
            record[name] = output[0] if isinstance(output, tuple) else output

        return hook

    def record_attended(_module: Any, inputs: Any) -> None:
        record["out"] = inputs[0]

    attention = layer.self_attn
    for name in ("q_proj", "k_proj", "v_proj"):
        yield getattr(attention, name).register_forward_hook(record_output(name))
    yield attention.out_proj.register_forward_pre_hook(record_attended)
    yield layer.register_forward_hook(record_output("tokens"))


class TowerExplainer(ScoreExplainer):
    """An explanation from inside the image tower.

    Args:
        encoder: a CLIP or SigLIP opened by transformers.

    Raises:
        InputError: the encoder is another one.
    """

    def __init__(self, encoder: Encoder) -> None:
        super().__init__(encoder)
        self._tower = Tower(encoder)

    @abstractmethod
    def cells(self, picture: Image.Image, text: NDArray[np.float32]) -> Cells:
        """Return the evidence in each cell of a picture for a text's embedding."""

    def _explain(
        self, picture: Image.Image, upright: Image.Image, words: EncodedWords
    ) -> Explanation:
        [embedding] = self._encoder.encode_images([picture])
        box = self._tower.encoder.preprocess.visible_box(*upright.size)
        map_ = spread(self.cells(picture, words.vector), upright, box)
        return self._explanation(upright, words, embedding, map_=map_)


class GradEclip(TowerExplainer):
    """The values of the last attention, weighted by their gradients."""

    name = "grad-eclip"

    def cells(self, picture: Image.Image, text: NDArray[np.float32]) -> Cells:
        """Return the evidence in each cell of a picture for a text's embedding."""
        import torch

        output = self._tower.run(picture)
        pooled = self._tower.pool(output.tokens[-1], output.attentions[-1])
        last = pooled.attention
        score = pooled.vector @ self._tower.to_tensor(text)
        [by_attended] = torch.autograd.grad(score, last.attended)
        similarity = torch.cosine_similarity(last.queries[0, :1], last.keys[0], dim=-1)
        similarity = similarity - similarity.min()
        similarity = similarity / similarity.max().clamp_min(_EPSILON)
        values = (by_attended[0, 0] * last.values[0]).sum(dim=-1)
        return self._tower.to_cells((similarity * values).relu())


class LeGrad(TowerExplainer):
    """Positive gradients with respect to the attention weights, summed over layers."""

    name = "legrad"

    def cells(self, picture: Image.Image, text: NDArray[np.float32]) -> Cells:
        """Return the evidence in each cell of a picture for a text's embedding."""
        output, target = self._tower.run(picture), self._tower.to_tensor(text)
        layers = []
        for attention, tokens in zip(output.attentions, output.tokens, strict=True):
            pooled = self._tower.pool(tokens, attention)
            gradient = pooled.attention.gradient(pooled.vector @ target)
            layers.append(gradient.relu().mean(dim=(0, 1)))
        return self._tower.to_cells(sum(layers))
