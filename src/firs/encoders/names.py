"""What a person types → an encoder: a built-in or catalogue name, or a road and its source."""

from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from firs.encoders.base import Encoder
from firs.encoders.catalogue import catalogue
from firs.encoders.precision import FULL, PRECISION_MARK, split_precision
from firs.errors import InputError
from firs.registry import Registry

ENCODERS: Registry[Callable[[], Encoder]] = Registry("encoder", {"mini": "firs.encoders.mini:Mini"})
"""Encoders that are opened by their name alone, with nothing to download."""

BACKENDS: Registry[Callable[[str, str], Encoder]] = Registry(
    "kind of encoder",
    {
        "onnx": "firs.encoders.roads:onnx",
        "transformers": "firs.encoders.roads:transformers",
        "openclip": "firs.encoders.roads:openclip",
    },
)
"""How the others are opened: from a source, under a name."""


def open_encoder(name: str = "mini") -> Encoder:
    """Open the encoder called ``name``, downloading it first where it is not here yet.

    Args:
        name: ``mini``; a name of the catalogue, such as ``siglip2-base`` (``@fp16`` or ``@int8``
            after it where the files have that precision); or a road and its source, such as
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
    road, source = _road(known)
    return BACKENDS.load(road)(source, known)


def canonical(name: str) -> str:
    """Return the name under which a collection keeps an encoder's vectors.

    It is the name typed, but a folder is named from the root, so that it is found from anywhere.

    Raises:
        InputError: there is no such encoder.
    """
    road, colon, source = name.partition(":")
    if not colon or road not in BACKENDS:
        _refuse_unknown(name)
        return name
    place, precision = split_precision(source) if road == "onnx" else (source, FULL)
    folder = Path(place).expanduser()
    mark = "" if precision == FULL else f"{PRECISION_MARK}{precision}"
    return f"{road}:{folder.resolve()}{mark}" if folder.is_dir() else name


def _road(name: str) -> tuple[str, str]:
    """A known name → its road and source."""
    road, colon, source = name.partition(":")
    if colon:
        return road, source
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
        f"others are opened with {', '.join(f'{road}:' for road in BACKENDS)} and a folder or a "
        "name on a hub."
    )


def _has(base: str, precision: str) -> bool:
    """Only the ONNX layout has files of other precisions."""
    return precision == FULL or catalogue()[base].backend == "onnx"
