"""The encoders with names that a person remembers: what they are, what they cost, how they find."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from firs.encoders.onnx_session import usable_cores


@dataclass(frozen=True, slots=True)
class Entry:
    """One encoder of the catalogue.

    ``backend`` and ``source`` open it; ``repository`` is where a hub has its weights; ``megabytes``
    is its download; ``coco`` and ``flickr30k`` are
    published zero-shot text-to-image R@1 in percent (5,000 and 1,000 test images, Karpathy's
    splits), None if no verified figure is known; ``figures`` is the source of the figure.
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


def catalogue() -> Mapping[str, Entry]:
    """Return all encoders by name, the smallest download first."""
    return _read()


@dataclass(frozen=True, slots=True)
class Machine:
    """What bears on a choice: processors, memory in gigabytes, and whether there is a GPU."""

    cores: int
    gigabytes: float
    gpu: bool

    @classmethod
    def here(cls) -> "Machine":
        """Describe the machine that this runs on."""
        import onnxruntime

        return cls(
            cores=usable_cores(),
            gigabytes=_memory() / 1e9,
            gpu="CUDAExecutionProvider" in onnxruntime.get_available_providers(),
        )


def recommend(machine: Machine) -> str:
    """Return the name of the encoder that finds best among those that a machine runs with ease."""
    if machine.gpu and machine.gigabytes >= 12:
        return "siglip2-so400m"
    if machine.cores >= 4 and machine.gigabytes >= 6:
        return "siglip2-base"
    return "siglip-base" if machine.gigabytes >= 4 else "openclip-b32"


def _memory() -> int:
    """Return the memory in bytes; a usual minimum if the system does not report it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8_000_000_000


@cache
def _read() -> dict[str, Entry]:
    text = (files("firs.encoders") / "catalogue.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines()[1:])
    entries = [_entry(*(cell.strip() for cell in row)) for row in rows]
    return {entry.name: entry for entry in sorted(entries, key=lambda each: each.megabytes)}


def _entry(name: str, backend: str, source: str, repository: str, *more: str) -> Entry:
    dim, image_size, megabytes, licence, languages, coco, flickr30k, figures = more
    return Entry(
        name=name,
        backend=backend,
        source=source,
        repository=repository,
        dim=int(dim),
        image_size=int(image_size),
        megabytes=int(megabytes),
        licence=licence,
        languages=languages,
        coco=_figure(coco),
        flickr30k=_figure(flickr30k),
        figures=figures,
    )


def _figure(cell: str) -> float | None:
    return None if cell == "-" else float(cell)
