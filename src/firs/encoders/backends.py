"""What a person types → an encoder: a built-in or catalogue name, or a backend and its source."""

from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from firs.encoders import hub
from firs.encoders.base import FULL, PRECISION_MARK, Encoder, split_precision
from firs.encoders.catalogue import Entry, catalogue
from firs.encoders.repo_files import onnx_files, openclip_weights, transformers_files
from firs.errors import InputError
from firs.registry import Registry

ENCODERS: Registry[Callable[[], Encoder]] = Registry("encoder", {"mini": "firs.encoders.mini:Mini"})
"""Encoders that are opened by their name alone, with nothing to download."""

BACKENDS: Registry[Callable[[str, str], Encoder]] = Registry(
    "kind of encoder",
    {
        "onnx": "firs.encoders.backends:onnx",
        "transformers": "firs.encoders.backends:transformers",
        "openclip": "firs.encoders.backends:openclip",
    },
)
"""How the others are opened: from a source, under a name."""


def open_encoder(name: str = "mini") -> Encoder:
    """Open the encoder called ``name``, downloading it first where it is not here yet.

    Args:
        name: ``mini``; a name of the catalogue, such as ``siglip2-base`` (``@fp16`` or ``@int8``
            after it where the files have that precision); or a backend and its source, such as
            ``onnx:/folder``, ``transformers:google/siglip-base-patch16-224`` or
            ``openclip:ViT-B-32/laion2b_s34b_b79k``.

    Raises:
        InputError: there is no such encoder.
        MissingExtra: it needs an optional dependency that is not installed.
        EncoderError: its files are absent or damaged.

    >>> open_encoder("siglip2-base").dim  # doctest: +SKIP
    768
    """
    if name in ENCODERS:
        return ENCODERS.load(name)()
    known = canonical(name)
    backend, source = _backend_and_source(known)
    return BACKENDS.load(backend)(source, known)


def canonical(name: str) -> str:
    """Return the name under which a collection keeps an encoder's vectors.

    It is the name typed, but a folder is named from the root, so that it is found from anywhere.

    Raises:
        InputError: there is no such encoder.
    """
    backend, colon, source = name.partition(":")
    if not colon or backend not in BACKENDS:
        _refuse_unknown(name)
        return name
    place, precision = split_precision(source) if backend == "onnx" else (source, FULL)
    folder = Path(place).expanduser()
    mark = "" if precision == FULL else f"{PRECISION_MARK}{precision}"
    return f"{backend}:{folder.resolve()}{mark}" if folder.is_dir() else name


def _backend_and_source(name: str) -> tuple[str, str]:
    """A known name → its backend and source."""
    backend, colon, source = name.partition(":")
    if colon:
        return backend, source
    base, mark, precision = name.partition(PRECISION_MARK)
    entry = catalogue()[base]
    return entry.backend, f"{entry.source}{mark}{precision}"


def _refuse_unknown(name: str) -> None:
    base, precision = split_precision(name)
    if name in ENCODERS or (base in catalogue() and _has(base, precision)):
        return
    near = get_close_matches(base, [*ENCODERS, *catalogue()], n=3)
    guess = f"Did you mean {' or '.join(near)}? " if near else ""
    raise InputError(
        f"There is no encoder called {name!r}. {guess}'firs encoders' lists those with names; "
        f"others are opened with {', '.join(f'{each}:' for each in BACKENDS)} and a folder or a "
        "name on a hub."
    )


def _has(base: str, precision: str) -> bool:
    """Only the ONNX layout has files of other precisions."""
    return precision == FULL or catalogue()[base].backend == "onnx"


def onnx(source: str, name: str) -> Encoder:
    """Open the ONNX layout; ``source`` may end in ``@fp16`` or ``@int8``.

    Raises:
        InputError: the source is neither a folder nor a name on a hub.
        EncoderError: it cannot be downloaded or opened.
    """
    from firs.encoders.onnx import OnnxEncoder

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
    from firs.encoders.transformers import TransformersEncoder, need_transformers

    need_transformers()  # before gigabytes are downloaded
    return TransformersEncoder(_locate(source, name, "transformers", transformers_files), name)


def openclip(source: str, name: str) -> Encoder:
    """Open a model of OpenCLIP.

    Raises:
        InputError: the source names no model or no pretraining.
        MissingExtra: PyTorch or OpenCLIP is not installed.
        EncoderError: it cannot be downloaded or opened.
    """
    from firs.encoders.openclip import OpenClipEncoder

    return OpenClipEncoder(source, name)


def is_hub_name(source: str) -> bool:
    """Return whether a name has the form of a repository on a hub: owner/model.

    >>> is_hub_name("google/siglip-base-patch16-224"), is_hub_name("./models/mine")
    (True, False)
    """
    owner, _, model = source.partition("/")
    return bool(owner and model) and "/" not in model and not owner.startswith((".", "~"))


def is_here(entry: Entry) -> bool:
    """Return whether an encoder of the catalogue is on this machine, without asking a hub."""
    choice = onnx_files if entry.backend == "onnx" else openclip_weights
    return hub.find_in_cache(entry.repository, choice) is not None


def _locate(source: str, name: str, backend: str, choice: hub.Choice) -> Path:
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder.resolve()
    if not is_hub_name(source):
        raise InputError(f"{source} is neither a folder here nor a name on a hub (owner/model).")
    return hub.fetch(source, choice, name, backend)
