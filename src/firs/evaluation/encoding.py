"""A data set of pictures → an evaluation set, by way of a collection like anybody's."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from firs.collection import Collection
from firs.encoders.base import Encoder, Vectors
from firs.encoders.text import encode_in_batches
from firs.errors import InputError
from firs.evaluation.dataset import Dataset
from firs.evaluation.evaluation_set import NO_CAPTIONS, EncoderDescription, EvaluationSet, View
from firs.evaluation.ranks import Places, Progress, Relevant
from firs.search.matrix import text_middle
from firs.storage.paths import Place
from firs.user_dirs import cache_folder


@contextmanager
def evaluation_set_from_pictures(
    dataset: Dataset,
    encoder: Encoder,
    asked: Places,
    joined: Places = NO_CAPTIONS,
    *,
    relevant: Relevant | None = None,
    oracle_encoder: Encoder | None = None,
    others: Sequence[Encoder] = (),
    folder: Place | None = None,
    progress: Progress,
) -> Iterator[EvaluationSet]:
    """Open an evaluation set over a collection with the data set's pictures, inside the ``with``.

    Args:
        dataset: with files.
        encoder: what makes the vectors.
        asked: query captions.
        joined: captions that join the collection.
        relevant: of the ``asked``; by default the image that each was written of.
        oracle_encoder: the encoder whose embeddings simulated users compare images by.
        others: further encoders, to be compared or fused with the first.
        folder: the location of the collection; by default in the cache, one for each
            data set and encoder. It is filled once and used again.
        progress: called with the progress on pictures and texts.

    Raises:
        InputError: the data set has no pictures, or one of them cannot be read.
        CollectionError: the collection cannot be used.
        EncoderError: the encoder is broken.
    """
    _require_files(dataset)
    seen = None if oracle_encoder is None else _encode_with(dataset, oracle_encoder, progress)
    views = views_by(others, dataset, asked, folder, progress)
    with _open_filled(dataset, encoder, folder, progress) as collection:
        ids = _ids(collection, dataset)
        texts = [dataset.captions[place] for place in (*asked, *joined)]
        vectors = encode_texts(encoder, texts, progress)
        yield EvaluationSet(
            dataset=dataset,
            encoder=EncoderDescription(encoder.name, encoder.dim, encoder.fingerprint),
            images=_vectors(collection, encoder.name, ids),
            asked=asked,
            queries=vectors[: len(asked)],
            relevant=relevant or dataset.relevant.of(asked),
            joined=joined,
            joined_vectors=vectors[len(asked) :],
            collection=collection,
            ids=ids,
            oracle_embeddings=seen,
            middle=text_middle(encoder),
            others=views,
        )


def views_by(
    encoders: Sequence[Encoder],
    dataset: Dataset,
    asked: Places,
    folder: Place | None,
    progress: Progress,
) -> tuple[View, ...]:
    """A data set's pictures and the query captions as some encoders have them.

    Raises:
        InputError: the data set has no pictures, or one of them cannot be read.
        CollectionError: the collection cannot be used.
        EncoderError: an encoder is broken.
    """
    if encoders:
        _require_files(dataset)
    return tuple(_view(each, dataset, asked, folder, progress) for each in encoders)


def _view(
    encoder: Encoder, dataset: Dataset, asked: Places, folder: Place | None, progress: Progress
) -> View:
    with _open_filled(dataset, encoder, folder, progress) as collection:
        images = _vectors(collection, encoder.name, _ids(collection, dataset))
    return View(
        EncoderDescription(encoder.name, encoder.dim, encoder.fingerprint),
        images,
        encode_texts(encoder, [dataset.captions[place] for place in asked], progress),
        text_middle(encoder),
    )


def _require_files(dataset: Dataset) -> None:
    if not dataset.files:
        raise InputError(
            f"{dataset.name} has captions but no pictures to encode: put them beside the "
            f"captions, name their folder (--pictures), or give vectors made elsewhere."
        )


def encode_texts(encoder: Encoder, texts: Sequence[str], progress: Progress) -> Vectors:
    """Texts → float32 ``(len(texts), dim)``, some at a time."""
    return encode_in_batches(encoder, texts, lambda done, of: progress("texts", done, of))


@contextmanager
def _open_filled(
    dataset: Dataset, encoder: Encoder, folder: Place | None, progress: Progress
) -> Iterator[Collection]:
    """The collection with all the pictures of the data set in it."""
    with Collection(folder or _default_folder(dataset, encoder), encoder=encoder) as collection:
        collection.add(dataset.files, progress=lambda *done: progress("pictures", *done))
        yield collection


def _encode_with(dataset: Dataset, oracle_encoder: Encoder, progress: Progress) -> Vectors:
    """The pictures as another encoder sees them, from a collection of its own."""
    with _open_filled(dataset, oracle_encoder, None, progress) as collection:
        return _vectors(collection, oracle_encoder.name, _ids(collection, dataset))


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


def _vectors(collection: Collection, encoder: str, ids: Places) -> Vectors:
    held, vectors = collection.vectors(encoder)
    rows = vectors[np.searchsorted(held, ids)].astype(np.float32)
    units: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return units
