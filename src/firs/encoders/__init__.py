"""Encoders: texts and images → unit vectors of one shared space."""

from firs.encoders.backends import ENCODERS, canonical, open_encoder
from firs.encoders.base import Encoder, PatchEncoder, Vectors
from firs.encoders.text import PromptedEncoder

__all__ = [
    "ENCODERS",
    "Encoder",
    "PatchEncoder",
    "PromptedEncoder",
    "Vectors",
    "canonical",
    "open_encoder",
]
