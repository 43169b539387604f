"""Export a checkpoint of CLIPSeg to a folder that runs without PyTorch.

    python -m tools.export_clipseg CHECKPOINT FOLDER

Needs the extra export. ``firs explain --method clipseg:FOLDER`` uses the result.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from firs.encoders.export import check_export, save_onnx, to_fast_tokenizer
from firs.encoders.torch_common import features
from firs.errors import EncoderError
from firs.explanation.clipseg import MODEL, PREPROCESSOR, TOKENIZER, OnnxSegmenter, TorchSegmenter

TOLERANCE = 1e-3
"""The largest difference of a probability after the export."""

_PROBE = ("a dog", "the blue sky over a field")


def export_clipseg(checkpoint: Path, folder: Path) -> None:
    """Write the exported model, and compare its masks with those of the checkpoint.

    Args:
        checkpoint: the folder of a checkpoint of ``transformers``.
        folder: an empty or a new folder.

    Raises:
        InputError: there is something in the folder.
        MissingExtra: the extra ``export`` is not installed.
        EncoderError: the model cannot be exported, or its export returns other masks.
    """
    check_export(folder)
    segmenter = TorchSegmenter(checkpoint)
    folder.mkdir(parents=True, exist_ok=True)
    rules = segmenter.preprocess
    config = {
        "size": {"height": rules.height, "width": rules.width},
        "image_mean": rules.mean,
        "image_std": rules.std,
    }
    (folder / PREPROCESSOR).write_text(json.dumps(config, indent=1), "utf-8")
    _save_tokenizer(segmenter, folder / TOKENIZER)
    _save_model(segmenter, folder / MODEL)
    _compare(segmenter, OnnxSegmenter(folder))


def _save_tokenizer(segmenter: TorchSegmenter, path: Path) -> None:
    tokenizer = to_fast_tokenizer(segmenter.tokenizer, lower=False)
    tokenizer.enable_truncation(segmenter.context_length)
    tokenizer.enable_padding(
        length=segmenter.context_length,
        pad_id=segmenter.tokenizer.pad_token_id,
        pad_token=segmenter.tokenizer.pad_token,
    )
    tokenizer.save(str(path))


def _save_model(segmenter: TorchSegmenter, path: Path) -> None:
    import torch

    class Decoder(torch.nn.Module):  # type: ignore[misc]  # PyTorch may not be installed
        """The model with positional inputs."""

        def __init__(self) -> None:
            super().__init__()
            self.model = segmenter.model.float().cpu()

        def forward(self, pixels: Any, ids: Any, mask: Any) -> Any:
            text = features(self.model.clip.get_text_features(ids, attention_mask=mask))
            return self.model(pixel_values=pixels, conditional_embeddings=text).logits

    arrays = {"pixel_values": _probe_pixels(segmenter), **segmenter.tokens(_PROBE)}
    inputs = {name: torch.from_numpy(rows) for name, rows in arrays.items()}
    batch = torch.export.Dim("batch", min=1, max=4096)
    save_onnx(Decoder().eval(), path, inputs, "logits", [{0: batch}] * len(inputs))


def _probe_pixels(segmenter: TorchSegmenter) -> Any:
    sides = segmenter.preprocess.height, segmenter.preprocess.width
    noise = np.random.default_rng(0).standard_normal((len(_PROBE), 3, *sides))
    return noise.astype(np.float32)


def _compare(original: TorchSegmenter, exported: OnnxSegmenter) -> None:
    pixels = _probe_pixels(original)
    one, other = (each.logits(pixels, _PROBE) for each in (original, exported))
    difference = float(np.abs(1 / (1 + np.exp(-one)) - 1 / (1 + np.exp(-other))).max())
    if difference > TOLERANCE:
        raise EncoderError(
            f"The export returns other masks (they differ by {difference:.2g}); do not use it."
        )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    export_clipseg(Path(sys.argv[1]), Path(sys.argv[2]))
