"""From a road and a source (a folder, or a name on a hub) to an open encoder."""

from collections.abc import Sequence
from pathlib import Path

from firs.encoders import hub
from firs.encoders.base import Encoder
from firs.encoders.precision import FULL, PRECISIONS, split_precision
from firs.errors import InputError


def onnx(source: str, name: str) -> Encoder:
    """Open the ONNX layout; ``source`` may end in ``@fp16`` or ``@int8``.

    Raises:
        InputError: the source is neither a folder nor a name on a hub.
        EncoderError: it cannot be downloaded or opened.
    """
    from firs.encoders.onnx_layout import OnnxEncoder

    place, precision = split_precision(source)
    folder = _located(place, name, lambda offered: onnx_files(offered, precision))
    return OnnxEncoder(folder, name, precision)


def transformers(source: str, name: str) -> Encoder:
    """Open a checkpoint of transformers.

    Raises:
        InputError: the source is neither a folder nor a name on a hub.
        MissingExtra: PyTorch or transformers is not installed.
        EncoderError: it cannot be downloaded or opened.
    """
    from firs.encoders.from_transformers import TransformersEncoder, need_transformers

    need_transformers()  # before gigabytes are downloaded
    return TransformersEncoder(_located(source, name, transformers_files), name)


def openclip(source: str, name: str) -> Encoder:
    """Open a model of OpenCLIP.

    Raises:
        InputError: the source names no model or no pretraining.
        MissingExtra: PyTorch or OpenCLIP is not installed.
        EncoderError: it cannot be downloaded or opened.
    """
    from firs.encoders.from_openclip import OpenClipEncoder

    return OpenClipEncoder(source, name)


def onnx_files(offered: Sequence[str], precision: str = FULL) -> list[str]:
    """Of file names, those of the ONNX layout in one precision; none where it is not complete."""
    from firs.encoders.onnx_layout import NO_WEIGHTS, model_file, needed

    wanted = needed(precision)
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


def is_hub_name(source: str) -> bool:
    """Tell a name on a hub from a path: owner/model, and no more.

    >>> is_hub_name("google/siglip-base-patch16-224"), is_hub_name("./models/mine")
    (True, False)
    """
    owner, _, model = source.partition("/")
    return bool(owner and model) and "/" not in model and not owner.startswith((".", "~"))


def _located(source: str, name: str, choice: hub.Choice) -> Path:
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder.resolve()
    if not is_hub_name(source):
        raise InputError(f"{source} is neither a folder here nor a name on a hub (owner/model).")
    return hub.fetch(source, choice, name)
