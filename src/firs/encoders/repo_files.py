"""Which of a repository's files an encoder needs; none where it is not all there."""

from collections.abc import Sequence

from firs.encoders.base import FULL, PRECISIONS
from firs.encoders.onnx import NO_WEIGHTS, model_file, required_files

SETTINGS = (".json", ".txt", ".model")


def onnx_files(offered: Sequence[str], precision: str = FULL) -> list[str]:
    """Of file names, those of the ONNX layout in one precision; none where it is not complete."""
    wanted = required_files(precision)
    if not set(wanted) <= set(offered):
        return []
    models = {model_file(tower, each) for tower in ("visual", "textual") for each in PRECISIONS}
    beside = [
        each
        for each in offered
        if each.count("/") == 1
        and each.startswith(("visual/", "textual/"))
        and each not in models
        and not each.endswith(NO_WEIGHTS)
    ]
    return [*wanted, *beside]


def transformers_files(offered: Sequence[str]) -> list[str]:
    """Of file names, those of a checkpoint: its settings and one form of its weights."""
    top = [each for each in offered if "/" not in each]
    safe = [each for each in top if each.endswith(".safetensors")]
    weights = safe or [each for each in top if each.startswith("pytorch_model")]
    settings = [each for each in top if each.endswith((".json", ".txt", ".model"))]
    complete = "config.json" in top and "preprocessor_config.json" in top and weights
    return [*settings, *(each for each in weights if each not in settings)] if complete else []


def openclip_weights(offered: Sequence[str]) -> list[str]:
    """Of file names, one form of OpenCLIP's weights, and the settings; none without weights."""
    top = [each for each in offered if "/" not in each]
    ours = [each for each in top if each.startswith("open_clip")] or top
    for ending in (".safetensors", ".bin", ".pt"):
        weights = [each for each in ours if each.endswith(ending)]
        if weights:
            return [*weights, *(each for each in top if each.endswith(SETTINGS))]
    return []


def tokenizer_files(offered: Sequence[str]) -> list[str]:
    """Of file names, those of a tokenizer and its settings; none without a tokenizer."""
    found = [each for each in offered if "/" not in each and each.endswith(SETTINGS)]
    return found if any(each.startswith(("tokenizer", "vocab", "spiece")) for each in found) else []
