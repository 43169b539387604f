"""Vectors made up for rehearsals of time and memory; nothing measured on them is about pictures.

Images lie around random centres, as photos of like scenes do. Each caption is its image's vector
turned by noise, and all captions share one offset, as the texts of CLIP do.
"""

from pathlib import Path

import numpy as np

from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.dataset import Dataset

FULL = (36_014, 5_605, 768)
"""Images, queries and dimensions of the paper's full size."""

NOISE = 0.3
"""Of captions, in square roots of the dimension: neither all nor none find their image first."""


def generate(path: Path, split: str = "") -> Dataset:
    """Made from its sizes: ``split`` is ``IMAGESxQUERIESxDIM``, by default the paper's full size.

    Args:
        path: not read.
        split: such as ``1000x200x64``.

    Raises:
        InputError: ``split`` names no sizes, or more queries than images.
    """
    del path
    images, queries, dim = _sizes(split) if split else FULL
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((max(1, images // 40), dim), dtype=np.float32)
    vectors = centres[rng.integers(len(centres), size=images)]
    vectors += 1.2 * rng.standard_normal((images, dim), dtype=np.float32)
    owners = np.sort(rng.choice(images, size=queries, replace=False))
    noise = NOISE * np.sqrt(dim, dtype=np.float32)
    asked = vectors[owners] + noise * rng.standard_normal((queries, dim), dtype=np.float32)
    asked += noise * rng.standard_normal(dim, dtype=np.float32)
    return Dataset(
        name="generated",
        image_ids=tuple(f"generated-{place}" for place in range(images)),
        captions=tuple(f"generated query {place}" for place in owners),
        owners=owners,
        image_vectors=_units(vectors),
        caption_vectors=_units(asked),
        generated=True,
    )


def _sizes(text: str) -> tuple[int, int, int]:
    try:
        images, queries, dim = (int(each) for each in text.split("x"))
    except ValueError:
        images = queries = dim = 0
    if not 1 <= queries <= images or dim < 1:
        raise InputError(
            f"Generated data has sizes such as 36014x5605x768 (images, queries, dimensions; no "
            f"more queries than images), not {text!r}."
        )
    return images, queries, dim


def _units(vectors: Vectors) -> Vectors:
    units: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units
