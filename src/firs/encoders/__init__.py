"""Encoders: texts and images → unit vectors of one shared space."""

from collections.abc import Callable

from firs.encoders.base import Encoder, PatchEncoder, Vectors
from firs.registry import Registry

__all__ = ["ENCODERS", "Encoder", "PatchEncoder", "Vectors", "open_encoder"]

ENCODERS: Registry[Callable[[], Encoder]] = Registry("encoder", {"mini": "firs.encoders.mini:Mini"})


def open_encoder(name: str = "mini") -> Encoder:
    """Open the encoder called ``name``.

    Raises:
        InputError: there is no such encoder.
        EncoderError: its files are absent or damaged.
    """
    return ENCODERS.load(name)()
