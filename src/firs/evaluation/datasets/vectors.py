"""Data sets of vectors: an ``.npz`` file with five arrays from any encoder, or generated ones.

``image_ids`` and ``image_vectors`` ``(images, dim)`` describe the collection; ``captions``,
``caption_image_ids`` and ``caption_vectors`` ``(captions, dim)`` of the queries.
"""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.datasets import Dataset, normalise
from firs.evaluation.measures import Indices

KEYS = ("image_ids", "image_vectors", "captions", "caption_image_ids", "caption_vectors")


def vectors(path: Path, split: str = "") -> Dataset:
    """Load the data set in the file ``path``; there are no splits.

    Raises:
        InputError: it is not such a file, an array is missing, two do not fit, a vector is zero
            or not finite, an id occurs twice, or a caption's image is missing.
    """
    if split:
        raise InputError(f"A file of vectors has no split {split!r}; leave --split out.")
    arrays = _read(path, KEYS)
    ids = tuple(str(each) for each in arrays["image_ids"])
    images = _require_unit_vectors(arrays["image_vectors"], "image_vectors", len(ids), path)
    captions = tuple(str(each) for each in arrays["captions"])
    texts = _require_unit_vectors(arrays["caption_vectors"], "caption_vectors", len(captions), path)
    if images.shape[1] != texts.shape[1]:
        raise InputError(
            f"In {path} image_vectors have {images.shape[1]} dimensions and caption_vectors "
            f"{texts.shape[1]}; both must come from one encoder."
        )
    return Dataset(
        name=f"{path.resolve().parent.name}/{path.stem}",
        image_ids=ids,
        captions=captions,
        owners=_owners(ids, arrays["caption_image_ids"], len(captions), path),
        image_vectors=images,
        caption_vectors=texts,
    )


def read_oracle_embeddings(path: Path, image_ids: Sequence[str]) -> Vectors:
    """Read the embeddings by which simulated users compare images.

    The file may contain further images, in any order.

    Args:
        path: an ``.npz`` file with ``image_ids`` and ``image_vectors``.
        image_ids: of the data set.

    Returns:
        float32 ``(images, any dim)``, of length 1, in the order of ``image_ids``.

    Raises:
        InputError: it is not such a file, the arrays do not fit, or an image is missing.
    """
    arrays = _read(path, KEYS[:2])
    rows = {str(each): row for row, each in enumerate(arrays["image_ids"])}
    embeddings = _require_unit_vectors(
        arrays["image_vectors"], "image_vectors", len(arrays["image_ids"]), path
    )
    missing = [each for each in image_ids if each not in rows]
    if missing:
        raise InputError(
            f"{path} has no embedding of {missing[0]} ({len(missing):,} of {len(image_ids):,} "
            f"images are missing); embed all images of the data set."
        )
    return embeddings[[rows[each] for each in image_ids]]


def _read(path: Path, keys: Sequence[str]) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"There is no file {path}. Check the spelling.")
    if not zipfile.is_zipfile(path):
        raise InputError(f"{path} is no whole .npz file; save the vectors with numpy.savez.")
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = [key for key in keys if key not in file]
            arrays = {} if missing else {key: file[key] for key in keys}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path} cannot be read as a file of vectors ({error}); save it with numpy.savez."
        ) from error
    if missing:
        raise InputError(f"{path} lacks {', '.join(missing)}; it needs {', '.join(keys)}.")
    return arrays


def _require_unit_vectors(array: Any, key: str, count: int, path: Path) -> Vectors:
    if array.ndim != 2 or len(array) != count or array.dtype.kind != "f":
        raise InputError(
            f"In {path} {key} should be float ({count}, dim), not {array.dtype} {array.shape}."
        )
    rows = array.astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1)
    bad = np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))
    if len(bad):
        raise InputError(
            f"In {path} row {bad[0]} of {key} is zero or not finite ({len(bad)} such rows); "
            f"encode it again."
        )
    return normalise(rows)


def _owners(ids: tuple[str, ...], owners: Any, count: int, path: Path) -> Indices:
    if owners.shape != (count,):
        raise InputError(f"In {path} caption_image_ids should be ({count},), not {owners.shape}.")
    indices = {each: index for index, each in enumerate(ids)}
    missing = [str(each) for each in owners if str(each) not in indices]
    if missing:
        raise InputError(
            f"In {path} a caption belongs to the image {missing[0]!r}, which is not among "
            f"image_ids ({len(missing)} such captions)."
        )
    return np.array([indices[str(each)] for each in owners], dtype=np.int64)


FULL = (36_014, 5_605, 768)
"""Images, queries and dimensions of the paper's full size."""

NOISE = 0.3
"""Of captions, in square roots of the dimension: neither all nor none find their image first."""


def generate(path: Path, split: str = "") -> Dataset:
    """Generate a data set: ``split`` is ``IMAGESxQUERIESxDIM``, by default the paper's full size.

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
    texts = vectors[owners] + noise * rng.standard_normal((queries, dim), dtype=np.float32)
    texts += noise * rng.standard_normal(dim, dtype=np.float32)
    return Dataset(
        name="generated",
        image_ids=tuple(f"generated-{image}" for image in range(images)),
        captions=tuple(f"generated query {image}" for image in owners),
        owners=owners,
        image_vectors=normalise(vectors),
        caption_vectors=normalise(texts),
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
