"""From a road and a source (a folder, or a name on a hub) to an open encoder."""

from pathlib import Path

from firs.encoders import hub
from firs.encoders.base import Encoder
from firs.encoders.catalogue import Entry
from firs.encoders.precision import split_precision
from firs.encoders.wanted import onnx_files, openclip_weights, transformers_files
from firs.errors import InputError


def onnx(source: str, name: str) -> Encoder:
    """Open the ONNX layout; ``source`` may end in ``@fp16`` or ``@int8``.

    Raises:
        InputError: the source is neither a folder nor a name on a hub.
        EncoderError: it cannot be downloaded or opened.
    """
    from firs.encoders.onnx_layout import OnnxEncoder

    place, precision = split_precision(source)
    folder = _locate(place, name, "onnx", lambda offered: onnx_files(offered, precision))
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
    return TransformersEncoder(_locate(source, name, "transformers", transformers_files), name)


def openclip(source: str, name: str) -> Encoder:
    """Open a model of OpenCLIP.

    Raises:
        InputError: the source names no model or no pretraining.
        MissingExtra: PyTorch or OpenCLIP is not installed.
        EncoderError: it cannot be downloaded or opened.
    """
    from firs.encoders.from_openclip import OpenClipEncoder

    return OpenClipEncoder(source, name)


def is_hub_name(source: str) -> bool:
    """Tell a name on a hub from a path: owner/model, and no more.

    >>> is_hub_name("google/siglip-base-patch16-224"), is_hub_name("./models/mine")
    (True, False)
    """
    owner, _, model = source.partition("/")
    return bool(owner and model) and "/" not in model and not owner.startswith((".", "~"))


def is_here(entry: Entry) -> bool:
    """Tell whether an encoder of the catalogue lies on this machine, without asking a hub."""
    choice = onnx_files if entry.backend == "onnx" else openclip_weights
    return hub.find_in_cache(entry.repository, choice) is not None


def _locate(source: str, name: str, road: str, choice: hub.Choice) -> Path:
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder.resolve()
    if not is_hub_name(source):
        raise InputError(f"{source} is neither a folder here nor a name on a hub (owner/model).")
    return hub.fetch(source, choice, name, road)
