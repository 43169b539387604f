"""A tiny dual encoder in the ONNX layout, made without PyTorch: linear towers, random weights."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors, trainers

SIZE, DIM, CONTEXT, WORD = 16, 12, 10, 6
CAPTIONS = (
    "a black dog is running through the snow",
    "two children play with a ball in front of a house",
    "a man in a red shirt climbs a rock face",
)


def write_layout(folder: Path, *, batch: int | str = "n", seed: int = 0, **changes: Any) -> Path:
    """Write all files; ``changes`` overrides ``clean``, ``image_dim``, ``text_dim``, ``scale``."""
    for tower in ("visual", "textual"):
        (folder / tower).mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    tokenizer = _tokenizer()
    scale = changes.get("scale", 1.0)
    image = random.standard_normal((3 * SIZE * SIZE, changes.get("image_dim", DIM))) * scale
    words = random.standard_normal((tokenizer.get_vocab_size(), WORD))
    text = random.standard_normal((CONTEXT * WORD, changes.get("text_dim", DIM)))
    onnx.save(_image_tower(image, batch), folder / "visual" / "model.onnx")
    onnx.save(_text_tower(words, text, batch), folder / "textual" / "model.onnx")
    _write_settings(folder, tokenizer, changes.get("clean", "lower"))
    return folder


def _write_settings(folder: Path, tokenizer: Tokenizer, clean: str) -> None:
    text = {"context_length": CONTEXT, "tokenizer_kwargs": {"clean": clean}}
    rules = {"size": [SIZE, SIZE], "resize_mode": "squash", "interpolation": "bilinear"}
    tokenizer.save(str(folder / "textual" / "tokenizer.json"))
    for name, content in {
        "config.json": {"embed_dim": DIM, "text_cfg": text},
        "visual/preprocess_cfg.json": rules,
        "textual/tokenizer_config.json": {"pad_token": "<pad>"},
    }.items():
        (folder / name).write_text(json.dumps(content))


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    marks = ["<pad>", "<end>", "<unk>"]
    trainer = trainers.BpeTrainer(vocab_size=120, special_tokens=marks, show_progress=False)
    tokenizer.train_from_iterator(CAPTIONS, trainer)
    tokenizer.add_special_tokens([AddedToken(mark) for mark in marks])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A <end>", special_tokens=[("<end>", 1)]
    )
    return tokenizer


def _image_tower(weights: NDArray[Any], batch: int | str) -> onnx.ModelProto:
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["vector"]),
    ]
    given = ("image", TensorProto.FLOAT, [batch, 3, SIZE, SIZE])
    return _model(nodes, given, {"weights": weights}, batch)


def _text_tower(words: NDArray[Any], weights: NDArray[Any], batch: int | str) -> onnx.ModelProto:
    nodes = [
        helper.make_node("Gather", ["words", "text"], ["each"]),
        helper.make_node("Flatten", ["each"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["vector"]),
    ]
    given = ("text", TensorProto.INT32, [batch, CONTEXT])
    return _model(nodes, given, {"words": words, "weights": weights}, batch)


def _model(
    nodes: list[Any],
    given: tuple[str, int, list[Any]],
    weights: dict[str, NDArray[Any]],
    batch: int | str,
) -> onnx.ModelProto:
    dim = weights["weights"].shape[1]
    graph = helper.make_graph(
        nodes,
        "tower",
        [helper.make_tensor_value_info(*given)],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [batch, dim])],
        [numpy_helper.from_array(each.astype(np.float32), key) for key, each in weights.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    made.ir_version = 9
    return made
