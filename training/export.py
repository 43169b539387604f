"""Step 5: PyTorch towers → the ONNX files that ship, weights as eight-bit integers.

    python -m training.export --work build/train --out src/firs/encoders/mini_model

Batch norms are folded into the convolutions. Each large weight is stored as int8 with one scale
per output channel. Weights of the image tower are dequantised when it is loaded, so its arithmetic
stays float32. Weights of the text tower stay int8, because every search loads it: its graph is
optimised here, and activations are quantised as they come (ONNX Runtime's dynamic quantisation).
"""

import argparse
import hashlib
import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor, nn

from firs.encoders.mini import FILES, RARE_PIECES
from training.data import SIZE, ImageTeacher, TextTeacher, read_json
from training.distil import KEPT_LAYERS, TEXTS
from training.model import DIM, IMAGE_CHANNELS, ImageHead, TextTower

SMALLEST_QUANTIZED = 2048
OPSET = 18


class ImageGraph(nn.Module):
    """uint8 ``(n, 224, 224, 3)`` → unit ``vector`` and the ``cells`` that add up to it."""

    def __init__(self, teacher: ImageTeacher, head: ImageHead) -> None:
        super().__init__()
        self.teacher, self.head = teacher, head

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        return self.head.cells(self.teacher(pixels))


def quantize(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store every large float weight as int8 and one float scale per output channel."""
    graph = model.graph
    restore = []
    for weight in list(graph.initializer):
        if weight.data_type != TensorProto.FLOAT or np.prod(weight.dims) < SMALLEST_QUANTIZED:
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


def export_image(graph: ImageGraph, path: Path) -> None:
    pixels = torch.zeros(2, SIZE, SIZE, 3, dtype=torch.uint8)
    model = _trace(graph, pixels, "pixels", ["vector", "cells"], {0: "images"})
    onnx.save(quantize(model), path)


def export_text(tower: TextTower, path: Path) -> None:
    tokens = torch.ones(2, 7, dtype=torch.int64)
    axes = {0: "texts", 1: "length"}
    with TemporaryDirectory() as folder:
        floats, codes = Path(folder) / "floats.onnx", Path(folder) / "codes.onnx"
        onnx.save(_trace(tower, tokens, "tokens", ["vector"], axes), floats)
        quantize_dynamic(
            floats,
            codes,
            per_channel=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gemm", "Gather"],
            extra_options={"MatMulConstBOnly": True},
        )
        options = onnxruntime.SessionOptions()
        # The highest level would write a graph that only runs on processors like this one.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = str(path)
        onnxruntime.InferenceSession(str(codes), options)


def _trace(
    graph: nn.Module, example: Tensor, name: str, outputs: list[str], axes: dict[int, str]
) -> onnx.ModelProto:
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
    return model


def is_rare(tokenizer: Tokenizer, word: str) -> bool:
    """Return whether a word is split into pieces that are so short that they mean nothing."""
    pieces = tokenizer.encode(word, add_special_tokens=False).tokens
    return len(pieces) > 1 and len(word) / len(pieces) < RARE_PIECES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rank", type=int, default=128, help="rank of the table of tokens")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()

    text = TextTower(len(KEPT_LAYERS), options.rank)
    text.load_state_dict(torch.load(options.work / "text.pt"))
    teacher = TextTeacher(options.work)
    options.out.mkdir(parents=True, exist_ok=True)
    image = torch.load(options.work / "image.pt")
    tower = ImageTeacher()
    tower.top.load_state_dict(image["top"])
    head = ImageHead(torch.zeros(IMAGE_CHANNELS), torch.ones(IMAGE_CHANNELS))
    head.load_state_dict(image["image"])
    export_image(ImageGraph(tower, head), options.out / "image.onnx")
    export_text(text, options.out / "text.onnx")
    teacher.tokenizer.enable_truncation(TextTower.max_tokens)
    teacher.tokenizer.save(str(options.out / "tokenizer.json"), pretty=False)
    texts = [text for name in TEXTS for text in read_json(options.work / f"text-{name}.json")]
    words = {word for text in texts for word in re.findall("[a-z]{4,}", text.lower())}
    rare = [word for word in sorted(words) if is_rare(teacher.tokenizer, word)]
    (options.out / "words.txt").write_text("\n".join(rare) + "\n")
    config = {
        "dim": DIM,
        "image_size": SIZE,
        "max_tokens": TextTower.max_tokens,
        "files": {
            name: hashlib.blake2b((options.out / name).read_bytes(), digest_size=16).hexdigest()
            for name in FILES
            if name != "config.json"
        },
    }
    (options.out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    for file in sorted(options.out.iterdir()):
        print(f"{file.name:16} {file.stat().st_size / 1e6:6.2f} MB")


if __name__ == "__main__":
    main()
