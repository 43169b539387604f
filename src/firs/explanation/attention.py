"""The image tower of a CLIP or SigLIP that PyTorch runs, with what went on inside it.

Ways to explain by attention ask where the last vector came from. What a layer attends with is
taken by hooks on its projections, so that any fast attention may run: the gradient of a score by
an attention weight follows from that by what was attended to, since ``o = Σⱼ Aⱼ vⱼ``.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders import Encoder
from firs.encoders import torch_common as on_torch
from firs.errors import InputError
from firs.explanation import KINDS
from firs.explanation.base import Explanation
from firs.explanation.heatmaps import Cells, prepare_picture, spread
from firs.explanation.words import EncodedWords


@dataclass(frozen=True, slots=True)
class Attention:
    """One attention: queries, keys and values ``(tokens, width)``, and what came of them."""

    queries: Any
    keys: Any
    values: Any
    attended: Any
    heads: int

    def gradient(self, score: Any) -> Any:
        """What a score gains by each weight: ``(heads, queries, keys)``."""
        import torch

        [by_attended] = torch.autograd.grad(score, self.attended, retain_graph=True)
        return torch.einsum(
            "qhd,khd->hqk", self._by_head(by_attended[0]), self._by_head(self.values[0])
        )

    def _by_head(self, rows: Any) -> Any:
        return rows.reshape(rows.shape[0], self.heads, -1)


@dataclass(frozen=True, slots=True)
class Look:
    """What one picture gave, layer by layer: the layers' attentions, and the tokens after each."""

    attentions: list[Attention]
    tokens: list[Any]


@dataclass(frozen=True, slots=True)
class PooledVector:
    """Tokens as one unit vector ``(dim,)``, and the attention that chose among them."""

    vector: Any
    attention: Attention


class Tower:
    """The image tower.

    Args:
        encoder: a CLIP or SigLIP of fixed size, opened by transformers.

    Raises:
        InputError: it is something else.
    """

    def __init__(self, encoder: Encoder) -> None:
        if getattr(encoder, "kind", "") not in KINDS:
            raise InputError(
                f"This looks inside a CLIP or SigLIP that is opened by transformers:, which "
                f"{encoder.name} is not. Explain by 'occlusion' or 'words', which work with "
                "every encoder."
            )
        self.encoder = cast("Any", encoder)
        self.model: Any = self.encoder.model.vision_model
        self.model = getattr(self.model, "vision_model", self.model)
        self.heads = int(self.encoder.model.config.vision_config.num_attention_heads)
        self.has_head: bool = self.encoder.kind == "siglip"

    def look(self, picture: Image.Image) -> Look:
        """Run the tower on one picture; everything kept can be differentiated."""
        import torch

        pixels = on_torch.like(self.model, self.encoder.preprocess(picture)[np.newaxis])
        with torch.enable_grad(), self._listening() as heard:
            self.model(pixel_values=pixels.requires_grad_())
        return Look(
            [
                Attention(each["q_proj"], each["k_proj"], each["v_proj"], each["out"], self.heads)
                for each in heard
            ],
            [each["tokens"] for each in heard],
        )

    def pool(self, tokens: Any, attention: Attention) -> PooledVector:
        """The vector that tokens ``(1, n, width)`` of a layer would give.

        Args:
            tokens: after the layer.
            attention: the layer's, which chose among the tokens where the tower has no head.
        """
        import torch

        with torch.enable_grad():
            normal = self.model.post_layernorm(tokens)
            if self.has_head:
                return self._apply_head(normal)
            vector = self.encoder.model.visual_projection(normal[0, 0])
        return PooledVector(vector / vector.norm(), attention)

    def of_values(self, attention: Attention) -> Any:
        """The vectors ``(tokens, dim)``, had the tower looked at one token alone."""
        import torch

        with torch.no_grad():
            if self.has_head:
                rows = self._after(self.model.head.attention.out_proj(attention.values[0]))
            else:
                layer = self.model.encoder.layers[-1]
                rows = self.model.post_layernorm(layer.self_attn.out_proj(attention.values[0]))
                rows = self.encoder.model.visual_projection(rows)
        return rows / rows.norm(dim=-1, keepdim=True)

    def cells(self, values: Any) -> Cells:
        """One value a token → float32 ``(rows, cols)``, without the class token."""
        found = on_torch.to_numpy(values if self.has_head else values[1:])
        rules = self.encoder.preprocess
        rows = round((len(found) * rules.height / rules.width) ** 0.5)
        return found.reshape(rows, -1)

    def text(self, vector: NDArray[np.float32]) -> Any:
        """A text's vector where the model is."""
        return on_torch.like(self.model, vector)

    def _apply_head(self, tokens: Any) -> PooledVector:
        """SigLIP's head, step by step: attention from a learnt probe, then a small network."""
        import torch

        head = self.model.head
        weights, biases = (
            head.attention.in_proj_weight.chunk(3),
            head.attention.in_proj_bias.chunk(3),
        )
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
        vector = self._after(head.attention.out_proj(attended))[0, 0]
        found = Attention(queries, keys, values, attended, self.heads)
        return PooledVector(vector / vector.norm(), found)

    def _after(self, rows: Any) -> Any:
        return rows + self.model.head.mlp(self.model.head.layernorm(rows))

    @contextmanager
    def _listening(self) -> Iterator[list[dict[str, Any]]]:
        layers = list(self.model.encoder.layers)
        heard: list[dict[str, Any]] = [{} for _ in layers]
        hooks = [
            hook
            for layer, notes in zip(layers, heard, strict=True)
            for hook in _hooks(layer, notes)
        ]
        try:
            yield heard
        finally:
            for hook in hooks:
                hook.remove()


def _hooks(layer: Any, notes: dict[str, Any]) -> Iterator[Any]:
    def noted(name: str) -> Any:
        def note(_module: Any, _inputs: Any, output: Any) -> None:
            notes[name] = output[0] if isinstance(output, tuple) else output

        return note

    def note_attended(_module: Any, inputs: Any) -> None:
        notes["out"] = inputs[0]

    attention = layer.self_attn
    for name in ("q_proj", "k_proj", "v_proj"):
        yield getattr(attention, name).register_forward_hook(noted(name))
    yield attention.out_proj.register_forward_pre_hook(note_attended)
    yield layer.register_forward_hook(noted("tokens"))


class TowerExplainer(ABC):
    """A way to explain that looks inside the tower.

    Args:
        encoder: a CLIP or SigLIP opened by transformers.

    Raises:
        InputError: it is something else.
    """

    name = ""

    def __init__(self, encoder: Encoder) -> None:
        self._tower = Tower(encoder)
        self._encoder = encoder

    def explain(self, pictures: Sequence[Image.Image], text: str) -> list[Explanation]:
        """Compute which cells of each picture the score depends on, and which words.

        Raises:
            InputError: there is no word in the text.
        """
        told = EncodedWords(self._encoder, text)
        vectors = self._encoder.encode_images(pictures)
        return [
            self._explanation(picture, vector, told, text)
            for picture, vector in zip(pictures, vectors, strict=True)
        ]

    @abstractmethod
    def cells(self, picture: Image.Image, text: NDArray[np.float32]) -> Cells:
        """How much each cell of a picture speaks for a text's vector."""

    def _explanation(
        self, picture: Image.Image, vector: NDArray[np.float32], told: EncodedWords, text: str
    ) -> Explanation:
        upright = prepare_picture(picture)
        box = self._tower.encoder.preprocess.visible_box(*upright.size)
        return Explanation(
            self.name,
            text,
            upright,
            map=spread(self.cells(picture, told.vector), upright, box),
            score=told.score(vector),
            words=told.shares(vector),
        )


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
