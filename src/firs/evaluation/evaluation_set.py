"""The evaluation set: a data set encoded, with its queries, from vectors or from pictures.

Pictures are encoded into a collection like any other, which is in the cache by default, so that
what is measured is what a person searches.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from firs.collection import Collection
from firs.encoders.base import Encoder, Vectors
from firs.encoders.text import encode_in_batches
from firs.errors import InputError
from firs.evaluation.datasets import Dataset, normalise
from firs.evaluation.measures import Indices, Progress, Relevant, blocks, ranks_in
from firs.search.matrix import text_middle
from firs.storage.paths import Place
from firs.user_dirs import cache_folder

NO_CAPTIONS: Indices = np.empty(0, dtype=np.int64)
NO_VECTORS: Vectors = np.empty((0, 0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class EncoderDescription:
    """Which encoder made the vectors; the fingerprint is of its weights, if they are available."""

    name: str
    dim: int
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """The images and the queries of an evaluation set in the embeddings of one encoder.

    Args:
        encoder: which.
        images: float32 ``(images, dim)``, of length 1.
        queries: float32 ``(q, dim)``.
        text_mean: float32 ``(dim,)``: the mean of texts in general (see
            ``firs.search.matrix``).

    Raises:
        InputError: images and queries have different dimensions.
    """

    encoder: EncoderDescription
    images: Vectors
    queries: Vectors
    text_mean: Vectors

    def __post_init__(self) -> None:
        if self.images.shape[1] != self.queries.shape[1]:
            raise InputError(
                f"The images' vectors have {self.images.shape[1]} dimensions and the queries' "
                f"{self.queries.shape[1]}; both must come from one encoder."
            )


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """What strategies work on.

    Args:
        dataset: its images are the collection.
        views: the images and the queries by each encoder, the first of which ranks.
        query_captions: int64 ``(q,)``: the queries, as indices in ``dataset.captions``.
        relevant: the relevant images of each of the ``q`` queries.
        indexed: int64 ``(j,)``: captions that are entries of the collection; never queries.
        indexed_vectors: float32 ``(j, dim)``.
        collection: what a person would search, where there is one.
        ids: int64 ``(images,)``: the images' ids in the collection.
        oracle_embeddings: float32 ``(images, any dim)``: by what simulated users compare images, by
            another encoder than the one that ranks.

    Raises:
        InputError: a caption is a query and an entry of the collection.
    """

    dataset: Dataset
    views: tuple[View, ...]
    query_captions: Indices
    relevant: Relevant
    indexed: Indices = field(default_factory=lambda: NO_CAPTIONS)
    indexed_vectors: Vectors = field(default_factory=lambda: NO_VECTORS)
    collection: Collection | None = None
    ids: Indices | None = None
    oracle_embeddings: Vectors | None = None

    def __post_init__(self) -> None:
        if np.intersect1d(self.query_captions, self.indexed).size:
            raise InputError("A caption that is in the collection cannot be a query as well.")
        if not len(self.indexed):
            object.__setattr__(self, "indexed_vectors", self.images[:0])

    @property
    def encoder(self) -> EncoderDescription:
        """The encoder that ranks."""
        return self.views[0].encoder

    @property
    def images(self) -> Vectors:
        """float32 ``(images, dim)``: embeddings of length 1 by the encoder that ranks."""
        return self.views[0].images

    @property
    def queries(self) -> Vectors:
        """float32 ``(q, dim)``: embeddings by the encoder that ranks."""
        return self.views[0].queries

    @property
    def groups(self) -> Indices:
        """int64 ``(q,)``: the image that each query was written of (see ``significance``)."""
        return self.dataset.owners[self.query_captions]

    @property
    def indexed_owners(self) -> Indices:
        """int64 ``(j,)``: the image of each indexed caption."""
        return self.dataset.owners[self.indexed]

    def query_text(self, query: int) -> str:
        """Return the caption that is a query."""
        return self.dataset.captions[int(self.query_captions[query])]

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts by the encoder of the evaluation set.

        Raises:
            InputError: the evaluation set is of vectors made elsewhere.
        """
        if self.collection is None:
            raise InputError("Vectors made elsewhere come without an encoder for other texts.")
        with self.collection.open_searcher() as searcher:
            return encode_in_batches(searcher.encoder, texts)

    def encode_captions(self, captions: Indices) -> Vectors:
        """Return the vectors of captions of the data set, by their indices."""
        vectors = self.dataset.caption_vectors
        if vectors is not None:
            return vectors[captions]
        return self.encode_texts([self.dataset.captions[caption] for caption in captions])

    def only(self, queries: Indices) -> "EvaluationSet":
        """Return the same with some of its queries, by their indices."""
        return replace(
            self,
            views=tuple(replace(view, queries=view.queries[queries]) for view in self.views),
            query_captions=self.query_captions[queries],
            relevant=self.relevant.of(queries),
        )

    def with_initial_rank_between(self, first: int, last: int) -> "EvaluationSet":
        """Return the same with the queries with an initial rank of their best image in a range.

        Raises:
            InputError: there are none.
        """
        ranks = np.concatenate(
            [
                ranks_in(self.queries[block] @ self.images.T, self.relevant.of(block)).first
                for block in blocks(len(self.queries))
            ]
        )
        found = np.flatnonzero((ranks >= first) & (ranks <= last))
        if not len(found):
            raise InputError(f"No query has an initial rank from {first} to {last}.")
        return self.only(found)


def evaluation_set_from_vectors(
    dataset: Dataset,
    query_captions: Indices,
    indexed: Indices = NO_CAPTIONS,
    *,
    encoder: str = "vectors",
    relevant: Relevant | None = None,
    others: Sequence[View] = (),
) -> EvaluationSet:
    """Return an evaluation set of a data set that comes with its vectors.

    Args:
        dataset: with vectors.
        query_captions: the queries.
        indexed: captions that are entries of the collection.
        encoder: the name of the one that made the vectors.
        relevant: of the queries; by default the image that each was written of.
        others: the embeddings of further encoders.

    Raises:
        InputError: it has none.
    """
    images, captions = dataset.image_vectors, dataset.caption_vectors
    if images is None or captions is None:
        raise InputError(f"{dataset.name} comes without vectors; name an encoder.")
    description = EncoderDescription(encoder, images.shape[1])
    return EvaluationSet(
        dataset=dataset,
        views=(View(description, images, captions[query_captions], captions.mean(axis=0)), *others),
        query_captions=query_captions,
        relevant=relevant or dataset.relevant.of(query_captions),
        indexed=indexed,
        indexed_vectors=captions[indexed],
    )


@contextmanager
def evaluation_set_from_pictures(
    dataset: Dataset,
    encoder: Encoder,
    query_captions: Indices,
    indexed: Indices = NO_CAPTIONS,
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
        query_captions: the queries.
        indexed: captions that are entries of the collection.
        relevant: of the queries; by default the image that each was written of.
        oracle_encoder: the encoder by which simulated users compare images.
        others: further encoders, to be compared or fused with the first.
        folder: the location of the collection; by default in the cache, one for each data set,
            its location and encoder. It is filled once and used again.
        progress: called with the progress on pictures and texts.

    Raises:
        InputError: the data set has no pictures, or one of them cannot be read.
        CollectionError: the collection cannot be used.
        EncoderError: the encoder is broken.
    """
    oracle_embeddings = None
    if oracle_encoder is not None:
        with _open_encoded(dataset, oracle_encoder, None, progress) as oracle:
            oracle_embeddings = oracle.images
    views = encode_views(others, dataset, query_captions, folder, progress)
    with _open_encoded(dataset, encoder, folder, progress) as encoded:
        yield EvaluationSet(
            dataset=dataset,
            views=(_view(encoder, encoded.images, dataset, query_captions, progress), *views),
            query_captions=query_captions,
            relevant=relevant or dataset.relevant.of(query_captions),
            indexed=indexed,
            indexed_vectors=_encode_captions(encoder, dataset, indexed, progress),
            collection=encoded.collection,
            ids=encoded.ids,
            oracle_embeddings=oracle_embeddings,
        )


def encode_views(
    encoders: Sequence[Encoder],
    dataset: Dataset,
    query_captions: Indices,
    folder: Place | None,
    progress: Progress,
) -> tuple[View, ...]:
    """Return a data set's pictures and the queries in the embeddings of some encoders.

    Raises:
        InputError: the data set has no pictures, or one of them cannot be read.
        CollectionError: the collection cannot be used.
        EncoderError: an encoder is broken.
    """
    views = []
    for encoder in encoders:
        with _open_encoded(dataset, encoder, folder, progress) as encoded:
            images = encoded.images
        views.append(_view(encoder, images, dataset, query_captions, progress))
    return tuple(views)


def _view(
    encoder: Encoder, images: Vectors, dataset: Dataset, captions: Indices, progress: Progress
) -> View:
    description = EncoderDescription(encoder.name, encoder.dim, encoder.fingerprint)
    queries = _encode_captions(encoder, dataset, captions, progress)
    return View(description, images, queries, text_middle(encoder))


def _encode_captions(
    encoder: Encoder, dataset: Dataset, captions: Indices, progress: Progress
) -> Vectors:
    texts = [dataset.captions[caption] for caption in captions]
    return encode_in_batches(encoder, texts, lambda done, total: progress("texts", done, total))


class _EncodedImages(NamedTuple):
    """A collection, and the id and the embedding of each image of the data set in it."""

    collection: Collection
    ids: Indices
    images: Vectors


@contextmanager
def _open_encoded(
    dataset: Dataset, encoder: Encoder, folder: Place | None, progress: Progress
) -> Iterator[_EncodedImages]:
    """Open the collection with all the pictures of the data set in it."""
    if not dataset.files:
        raise InputError(
            f"{dataset.name} has captions but no pictures to encode: put them next to the "
            f"captions, name their folder (--pictures), or give vectors made elsewhere."
        )
    with Collection(folder or _cache_location(dataset, encoder), encoder=encoder) as collection:
        collection.add(dataset.files, progress=lambda *done: progress("pictures", *done))
        ids = _find_ids(collection, dataset)
        stored, vectors = collection.vectors(encoder.name)
        rows = vectors[np.searchsorted(stored, ids)].astype(np.float32)
        yield _EncodedImages(collection, ids, normalise(rows))


def _cache_location(dataset: Dataset, encoder: Encoder) -> Path:
    """Return a folder in the cache for a data set, the location of its files, and an encoder."""
    common = os.path.commonpath([file.resolve().parent for file in dataset.files])
    location = hashlib.blake2b(os.fsencode(common), digest_size=6).hexdigest()
    name = "-".join(dataset.name.lower().split())
    encoder_name = encoder.name.replace("/", "-").replace(":", "-")
    fingerprint = encoder.fingerprint[:12]
    return cache_folder() / "laboratory" / f"{name}-{location}-{encoder_name}-{fingerprint}"


def _find_ids(collection: Collection, dataset: Dataset) -> Indices:
    """Return the collection's id of each image of the data set."""
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
