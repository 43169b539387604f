"""CLIPSeg, a checkpoint → a folder that runs without PyTorch."""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from firs.encoders.export import OPSET
from firs.encoders.export_tokenizer import of_transformers
from firs.encoders.transformers import features
from firs.errors import EncoderError, InputError, MissingExtra
from firs.explanation.clipseg_onnx import MODEL, PREPROCESSOR, TOKENIZER, OnnxSegmenter
from firs.explanation.clipseg_torch import TorchSegmenter

AGREE = 1e-3
"""By how much a probability may differ after the export."""

_PROBE = ("a dog", "the blue sky over a field")


def export_clipseg(source: Path, folder: Path) -> None:
    """Write the exported model, and compare it with the original.

    Args:
        source: a checkpoint's folder.
        folder: an empty or a new one.

    Raises:
        InputError: there is something in the folder.
        MissingExtra: what exports is not installed.
        EncoderError: the model cannot be exported, or gives other masks then.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not an empty folder; name one that is, or a new one.")
    try:
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise MissingExtra("Exports", "export") from error
    segmenter = TorchSegmenter(source)
    folder.mkdir(parents=True, exist_ok=True)
    rules = segmenter.rules
    config = {
        "size": {"height": rules["height"], "width": rules["width"]},
        "image_mean": rules["mean"],
        "image_std": rules["std"],
    }
    (folder / PREPROCESSOR).write_text(json.dumps(config, indent=1), "utf-8")
    _save_tokenizer(segmenter, folder / TOKENIZER)
    _save_model(segmenter, folder / MODEL)
    _compare(segmenter, OnnxSegmenter(folder))


def _save_tokenizer(segmenter: TorchSegmenter, path: Path) -> None:
    tokenizer = of_transformers(segmenter.tokenizer, lower=False)
    tokenizer.enable_truncation(segmenter.context_length)
    tokenizer.enable_padding(
        length=segmenter.context_length,
        pad_id=segmenter.tokenizer.pad_token_id,
        pad_token=segmenter.tokenizer.pad_token,
    )
    tokenizer.save(str(path))


def _save_model(segmenter: TorchSegmenter, path: Path) -> None:
    import torch

    model = segmenter.model.float().cpu()
    batch = torch.export.Dim("batch", min=1, max=4096)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of tracing; the comparison afterwards is the judge
            torch.onnx.export(
                _with_names(model),
                tuple(torch.from_numpy(rows) for rows in _example(segmenter)),
                str(path),
                input_names=["pixel_values", "input_ids", "attention_mask"],
                output_names=["logits"],
                opset_version=OPSET,
                dynamo=True,
                dynamic_shapes=({0: batch}, {0: batch}, {0: batch}),
                external_data=False,
                verbose=False,
            )
    except Exception as error:  # the exporter fails in as many ways as models are built
        raise EncoderError(f"CLIPSeg cannot be exported: {error}") from error


def _with_names(model: Any) -> Any:
    import torch

    class Named(torch.nn.Module):  # type: ignore[misc]  # PyTorch is unknown where it is absent
        """The model as a function of its inputs in their order, for the exporter."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, pixels: Any, ids: Any, mask: Any) -> Any:
            told = features(self.model.clip.get_text_features(ids, attention_mask=mask))
            return self.model(pixel_values=pixels, conditional_embeddings=told).logits

    return Named().eval()


def _example(segmenter: TorchSegmenter) -> tuple[Any, ...]:
    sides = segmenter.rules["height"], segmenter.rules["width"]
    pixels = np.random.default_rng(0).standard_normal((len(_PROBE), 3, *sides)).astype(np.float32)
    tokens = segmenter.tokens(_PROBE)
    return pixels, tokens["input_ids"], tokens["attention_mask"]


def _compare(original: TorchSegmenter, exported: OnnxSegmenter) -> None:
    pixels = _example(original)[0]
    one, other = (each.logits(pixels, _PROBE) for each in (original, exported))
    apart = float(np.abs(1 / (1 + np.exp(-one)) - 1 / (1 + np.exp(-other))).max())
    if apart > AGREE:
        raise EncoderError(f"The export gives other masks ({apart:.2g} apart); do not use it.")
