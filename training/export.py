"""Step 5: PyTorch towers → the ONNX files that ship, weights as eight-bit integers.

    python -m training.export --work build/train --out src/firs/encoders/mini_model

Batch norms are folded into the convolutions. Each large weight is stored as int8 with one
scale per output channel and dequantised when the model is loaded, so the arithmetic stays float32
and the files are a quarter of the size. In the crops of the training objects are larger than in
whole photos, so the tower reads more pixels than in training (FixRes; Touvron et al., 2019).
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from training.model import DIM, ImageTower, TextTower

SMALLEST_QUANTISED = 2048
OPSET = 18


class ImageGraph(nn.Module):
    """uint8 ``(n, size, size, 3)`` → unit ``vector`` and the ``cells`` that add up to it."""

    def __init__(self, tower: ImageTower) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        features = self.tower.maps(pixels.permute(0, 3, 1, 2))[2]
        pooled = self.tower.project(features.mean((2, 3)))
        length = pooled.norm(dim=1, keepdim=True).clamp_min(1e-12)
        cells = self.tower.project(features.permute(0, 2, 3, 1))
        count = cells.shape[1] * cells.shape[2]
        return pooled / length, cells / (count * length[:, :, None, None])


class TextGraph(nn.Module):
    """int64 ``(n, length)``, 0 where padded → unit ``vector``."""

    def __init__(self, tower: TextTower) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, tokens: Tensor) -> Tensor:
        return F.normalize(self.tower(tokens), dim=-1)


def quantise(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store every large float weight as int8 and one float scale an output channel."""
    graph = model.graph
    restore = []
    for weight in list(graph.initializer):
        if weight.data_type != TensorProto.FLOAT or np.prod(weight.dims) < SMALLEST_QUANTISED:
            continue
        values = numpy_helper.to_array(weight)
        axes = tuple(range(1, values.ndim))
        scale = np.maximum(np.abs(values).max(axes, keepdims=True), 1e-12) / 127
        codes = np.round(values / scale).astype(np.int8)
        name = weight.name
        graph.initializer.remove(weight)
        graph.initializer.extend(
            [
                numpy_helper.from_array(codes, f"{name}.codes"),
                numpy_helper.from_array(scale.astype(np.float32), f"{name}.scale"),
            ]
        )
        restore += [
            helper.make_node("Cast", [f"{name}.codes"], [f"{name}.float"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{name}.float", f"{name}.scale"], [name]),
        ]
    nodes = [*restore, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model


def export_image(tower: ImageTower, size: int, path: Path) -> None:
    pixels = torch.zeros(2, size, size, 3, dtype=torch.uint8)
    _export(ImageGraph(tower), pixels, path, "pixels", ["vector", "cells"], {0: "images"})


def export_text(tower: TextTower, path: Path) -> None:
    tokens = torch.ones(2, 7, dtype=torch.int64)
    _export(TextGraph(tower), tokens, path, "tokens", ["vector"], {0: "texts", 1: "length"})


def _export(
    graph: nn.Module,
    example: Tensor,
    path: Path,
    name: str,
    outputs: list[str],
    axes: dict[int, str],
) -> None:
    program = torch.onnx.export(
        graph.eval(),
        (example,),
        dynamo=True,
        opset_version=OPSET,
        input_names=[name],
        output_names=outputs,
        dynamic_shapes=[{axis: torch.export.Dim(label) for axis, label in axes.items()}],
    )
    program.optimize()
    model = program.model_proto
    del model.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.save(quantise(model), path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", default="mini.pt", help="checkpoint in the work folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=160, help="pixels a side it will read")
    options = parser.parse_args()

    saved = torch.load(options.work / options.model)
    tower, text = ImageTower(), TextTower(saved["vocabulary"])
    tower.load_state_dict(saved["tower"])
    text.load_state_dict(saved["text"])
    options.out.mkdir(parents=True, exist_ok=True)
    export_image(tower, options.size, options.out / "image.onnx")
    export_text(text, options.out / "text.onnx")
    shutil.copy(options.work / "tokenizer.json", options.out / "tokenizer.json")
    config = {"dim": DIM, "image_size": options.size, "max_tokens": text.max_tokens}
    (options.out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    for file in sorted(options.out.iterdir()):
        print(f"{file.name:16} {file.stat().st_size / 1e6:6.2f} MB")


if __name__ == "__main__":
    main()
