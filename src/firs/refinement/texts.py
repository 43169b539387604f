"""Vectors of many texts, kept in the cache, since a large encoder takes a minute for them."""

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np

from firs.caching import cache_folder
from firs.encoders import Encoder, Vectors
from firs.encoders.parts import encode_in_parts

_HELD = 4
_FOLDER = "texts"

_held: dict[str, Vectors] = {}


def text_vectors(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """Texts → float32 ``(len(texts), dim)``; those known of the same weights are not encoded."""
    name = _name(encoder, tuple(texts))
    if name not in _held:
        vectors = _read(name, (len(texts), encoder.dim))
        if vectors is None:
            vectors = encode_in_parts(encoder, texts)
            _write(name, vectors)
        while len(_held) >= _HELD:
            _held.pop(next(iter(_held)), None)
        _held[name] = vectors
    return _held[name]


@lru_cache(maxsize=_HELD)
def _digest(texts: tuple[str, ...]) -> str:
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=12).hexdigest()


def _name(encoder: Encoder, texts: tuple[str, ...]) -> str:
    weights = hashlib.blake2b(f"{encoder.name}\0{encoder.fingerprint}".encode(), digest_size=8)
    return f"{weights.hexdigest()}-{_digest(texts)}.npy"


def _place(name: str) -> Path:
    return cache_folder() / _FOLDER / name


def _read(name: str, shape: tuple[int, int]) -> Vectors | None:
    """What is kept; a damaged file is as none."""
    try:
        vectors: Vectors = np.load(_place(name), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return vectors.astype(np.float32) if vectors.shape == shape else None


def _write(name: str, vectors: Vectors) -> None:
    place = _place(name)
    part = place.with_name(f"{name}.{os.getpid()}.part")
    with suppress(OSError):  # what cannot be kept is encoded again
        place.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            np.save(file, vectors)
        part.replace(place)
