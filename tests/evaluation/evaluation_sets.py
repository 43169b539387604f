"""A small evaluation set that several tests work on."""

from pathlib import Path

import numpy as np

from firs.evaluation.datasets import (
    Dataset,
    DatasetImage,
    all_queries,
    build_dataset,
    split_captions,
)
from firs.evaluation.evaluation_set import EvaluationSet, evaluation_set_from_vectors

WORDS = ("dog", "cat", "house", "boat", "child", "tree", "car", "bird", "lake", "street")


def small_dataset(images: int = 60, captions: int = 3, dim: int = 16) -> Dataset:
    """Random images; captions are their image's vector turned by noise."""
    rng = np.random.default_rng(4)
    images_and_captions = [
        DatasetImage(
            f"{n}.jpg",
            tuple(f"a {WORDS[n % 10]} by a {WORDS[n // 10]} {m}" for m in range(captions)),
        )
        for n in range(images)
    ]
    plain = build_dataset("small", images_and_captions)
    vectors = rng.standard_normal((images, dim))
    queries = vectors[plain.owners] + 0.9 * rng.standard_normal((images * captions, dim))
    return Dataset(
        plain.name,
        plain.image_ids,
        plain.captions,
        plain.owners,
        image_vectors=_units(vectors),
        caption_vectors=_units(queries),
    )


def small_evaluation_set(indexed_captions: int = 0) -> EvaluationSet:
    dataset = small_dataset()
    if not indexed_captions:
        return evaluation_set_from_vectors(dataset, all_queries(dataset))
    join, ask = split_captions(dataset, indexed_captions)
    return evaluation_set_from_vectors(dataset, ask, join)


def save_vectors(path: Path, dataset: Dataset) -> Path:
    """The data set as a file of vectors."""
    np.savez(
        path,
        image_ids=np.array(dataset.image_ids),
        image_vectors=np.asarray(dataset.image_vectors),
        captions=np.array(dataset.captions),
        caption_image_ids=np.array(dataset.image_ids)[dataset.owners],
        caption_vectors=np.asarray(dataset.caption_vectors),
    )
    return path


def _units(vectors: np.ndarray) -> np.ndarray:
    units: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units.astype(np.float32)
