"""Open encoders by name: built-in, from the catalogue, or by a backend and a source.

``catalogue.tsv`` lists the encoders that have a short name: how they are opened, what they cost and
how accurate they are.
"""

import csv
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from firs.encoders.base import FULL, PRECISION_MARK, Encoder, split_precision, usable_cores
from firs.errors import InputError
from firs.registry import Registry

ENCODERS: Registry[Callable[[], Encoder]] = Registry("encoder", {"mini": "firs.encoders.mini:Mini"})
"""Built-in encoders, with nothing to download."""

BACKENDS: Registry[Callable[[str, str], Encoder]] = Registry(
    "kind of encoder",
    {
        "onnx": "firs.encoders.onnx:open_onnx",
        "transformers": "firs.encoders.transformers:open_transformers",
        "openclip": "firs.encoders.openclip:OpenClipEncoder",
    },
)
"""Functions that open an encoder from its source and its name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One encoder of the catalogue.

    Args:
        name: the short name.
        backend: a name in ``BACKENDS``, which opens ``source``.
        source: the source of the encoder for its backend.
        repository: the repository of the weights on the hub.
        dim: the number of dimensions of an embedding.
        image_size: the side of the image tower's input, in pixels.
        megabytes: the size of the download.
        licence: the licence of the weights.
        languages: the languages of its texts.
        coco: published zero-shot text-to-image R@1 in percent on COCO (5,000 test images of
            Karpathy's split), None if there is no verified figure.
        flickr30k: the same on Flickr30k (1,000 test images).
        figures: the source of the two figures.
    """

    name: str
    backend: str
    source: str
    repository: str
    dim: int
    image_size: int
    megabytes: int
    licence: str
    languages: str
    coco: float | None
    flickr30k: float | None
    figures: str


def _parse_figure(cell: str) -> float | None:
    return None if cell == "-" else float(cell)


_COLUMN_TYPES: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("dim", "image_size", "megabytes"), int),
    **dict.fromkeys(("coco", "flickr30k"), _parse_figure),
}


@cache
def catalogue() -> Mapping[str, Entry]:
    """Return all encoders that have a short name, by name, the smallest download first."""
    lines = Path(__file__).with_name("catalogue.tsv").read_text("utf-8").splitlines()
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    entries = [
        Entry(**{name: _COLUMN_TYPES.get(name, str)(cell.strip()) for name, cell in row.items()})
        for row in rows
    ]
    return {entry.name: entry for entry in sorted(entries, key=lambda each: each.megabytes)}


@dataclass(frozen=True, slots=True)
class Machine:
    """The processors, memory and GPU that determine which encoder suits a machine."""

    cores: int
    gigabytes: float
    gpu: bool

    @classmethod
    def here(cls) -> "Machine":
        """Describe this machine; 8 GB if the system does not report its memory."""
        import onnxruntime

        try:
            memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        except (AttributeError, ValueError, OSError):
            memory = 8_000_000_000
        gpu = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
        return cls(cores=usable_cores(), gigabytes=memory / 1e9, gpu=gpu)


def recommend(machine: Machine) -> str:
    """Return the name of the most accurate encoder that a machine runs fast enough."""
    if machine.gpu and machine.gigabytes >= 12:
        return "siglip2-so400m"
    if machine.cores >= 4 and machine.gigabytes >= 6:
        return "siglip2-base"
    return "siglip-base" if machine.gigabytes >= 4 else "openclip-b32"


def open_encoder(name: str = "mini") -> Encoder:
    """Open the encoder called ``name``, downloading it first if it is not on this machine.

    Args:
        name: ``mini``; a name of the catalogue, such as ``siglip2-base`` (followed by ``@fp16`` or
            ``@int8`` if there are files in that precision); or a backend and its source, such as
            ``onnx:/folder``, ``transformers:google/siglip-base-patch16-224`` or
            ``openclip:ViT-B-32/laion2b_s34b_b79k``.

    Raises:
        InputError: there is no such encoder.
        MissingExtra: it needs an optional dependency that is not installed.
        EncoderError: its files are missing or damaged.

    >>> open_encoder("siglip2-base").dim  # doctest: +SKIP
    768
    """
    if name in ENCODERS:
        return ENCODERS.load(name)()
    stored = canonical(name)
    backend, colon, source = stored.partition(":")
    if not colon:
        base, mark, precision = name.partition(PRECISION_MARK)
        entry = catalogue()[base]
        backend, source = entry.backend, f"{entry.source}{mark}{precision}"
    return BACKENDS.load(backend)(source, stored)


def canonical(name: str) -> str:
    """Return the name under which a collection stores an encoder's embeddings.

    It is ``name`` itself, except that the path of a folder becomes absolute.

    Raises:
        InputError: there is no such encoder.
    """
    backend, colon, source = name.partition(":")
    if not colon or backend not in BACKENDS:
        _check_name(name)
        return name
    place, precision = split_precision(source) if backend == "onnx" else (source, FULL)
    folder = Path(place).expanduser()
    mark = "" if precision == FULL else f"{PRECISION_MARK}{precision}"
    return f"{backend}:{folder.resolve()}{mark}" if folder.is_dir() else name


def _check_name(name: str) -> None:
    base, precision = split_precision(name)
    entry = catalogue().get(base)
    # Only the ONNX layout has files in other precisions.
    if name in ENCODERS or (entry and (precision == FULL or entry.backend == "onnx")):
        return
    similar = get_close_matches(base, [*ENCODERS, *catalogue()], n=3)
    guess = f"Did you mean {' or '.join(similar)}? " if similar else ""
    raise InputError(
        f"There is no encoder called {name!r}. {guess}'firs encoders' lists those with names; "
        f"others are opened with {', '.join(f'{each}:' for each in BACKENDS)} and a folder or a "
        "name on a hub."
    )


def is_downloaded(entry: Entry) -> bool:
    """Return whether an encoder of the catalogue is on this machine, without network access."""
    from firs.encoders import hub
    from firs.encoders.onnx import onnx_files

    select = onnx_files if entry.backend == "onnx" else hub.openclip_weights
    return hub.find_in_cache(entry.repository, select) is not None
