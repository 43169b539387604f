"""A data set of pictures → a bench, by way of a collection like anybody's."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from firs.collection import Collection
from firs.encoders.base import Encoder, Vectors
from firs.errors import InputError
from firs.evaluation.bench import NO_CAPTIONS, Bench, EncoderTold
from firs.evaluation.cache import cache_folder
from firs.evaluation.dataset import Dataset
from firs.evaluation.ranks import Places, Progress

TEXTS = 64
"""Texts at a time."""


@contextmanager
def bench_of_pictures(
    dataset: Dataset,
    encoder: Encoder,
    asked: Places,
    joined: Places = NO_CAPTIONS,
    *,
    folder: Path | None = None,
    progress: Progress,
) -> Iterator[Bench]:
    """A bench over a collection that holds the data set's pictures, open inside the ``with``.

    Args:
        dataset: with files.
        encoder: what makes the vectors.
        asked: captions that are asked.
        joined: captions that join the collection.
        folder: where the collection lies or shall lie; by default in the cache, one for each
            data set and encoder. It is filled once and used again.
        progress: told about pictures and texts.

    Raises:
        InputError: the data set has no pictures, or one of them cannot be read.
        CollectionError: the collection cannot be used.
        EncoderError: the encoder is broken.
    """
    if not dataset.files:
        raise InputError(
            f"{dataset.name} has captions but no pictures to encode: put them beside the "
            f"captions, or give vectors made elsewhere."
        )
    with Collection(folder or _default_folder(dataset, encoder), encoder=encoder) as collection:
        collection.add(dataset.files, progress=lambda *done: progress("pictures", *done))
        ids = _ids(collection, dataset)
        texts = [dataset.captions[place] for place in (*asked, *joined)]
        vectors = encode_texts(encoder, texts, progress)
        yield Bench(
            dataset=dataset,
            encoder=EncoderTold(encoder.name, encoder.dim, encoder.fingerprint),
            images=_vectors(collection, ids),
            asked=asked,
            queries=vectors[: len(asked)],
            relevant=dataset.relevant.of(asked),
            joined=joined,
            joined_vectors=vectors[len(asked) :],
            collection=collection,
            ids=ids,
        )


def encode_texts(encoder: Encoder, texts: Sequence[str], progress: Progress) -> Vectors:
    """Texts → float32 ``(len(texts), dim)``, some at a time."""
    rows = [np.empty((0, encoder.dim), dtype=np.float32)]
    for at in range(0, len(texts), TEXTS):
        rows.append(encoder.encode_texts(texts[at : at + TEXTS]))
        progress("texts", min(at + TEXTS, len(texts)), len(texts))
    return np.concatenate(rows)


def _default_folder(dataset: Dataset, encoder: Encoder) -> Path:
    name = "-".join(dataset.name.lower().split())
    encoder_name = encoder.name.replace("/", "-").replace(":", "-")
    return cache_folder() / "laboratory" / f"{name}-{encoder_name}-{encoder.fingerprint[:12]}"


def _ids(collection: Collection, dataset: Dataset) -> Places:
    """The collection's id of each image of the data set."""
    known = {record.path.resolve(): record.id for record in collection}
    files = [file.resolve() for file in dataset.files]
    missing = [file for file in files if file not in known]
    if missing:
        reasons = {problem.path.resolve(): problem.reason for problem in collection.problems()}
        raise InputError(
            f"{len(missing)} pictures of {dataset.name} cannot be searched, first {missing[0]}: "
            f"{reasons.get(missing[0], 'it is not in the collection')}. Get them again."
        )
    return np.array([known[file] for file in files], dtype=np.int64)


def _vectors(collection: Collection, ids: Places) -> Vectors:
    held, vectors = collection.vectors()
    rows = vectors[np.searchsorted(held, ids)].astype(np.float32)
    units: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return units
