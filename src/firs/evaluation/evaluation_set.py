"""The evaluation set: a data set encoded, with its queries."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

from firs.collection import Collection
from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.dataset import Dataset
from firs.evaluation.ranks import Places, Relevant, ScoreRows, blocks, ranks_in
from firs.index.exact import ExactFloat32Index
from firs.ranking import Ranking
from firs.search import EmbeddingMatrix, EmbeddingSearcher, InMemoryImages
from firs.search.matrix import ModalityMeans

NO_CAPTIONS: Places = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class EncoderDescription:
    """Which encoder made the vectors; the fingerprint is of its weights, if it was at hand."""

    name: str
    dim: int
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """The images and the queries of an evaluation set as one encoder has them.

    Args:
        encoder: which.
        images: float32 ``(images, dim)``, of length 1.
        queries: float32 ``(q, dim)``.
        middle: float32 ``(dim,)``: the mean of texts in general (see ``firs.search.matrix``).
    """

    encoder: EncoderDescription
    images: Vectors
    queries: Vectors
    middle: Vectors


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """What strategies work on.

    Args:
        dataset: its images are the collection.
        encoder: what made the vectors.
        images: float32 ``(images, dim)``, of length 1.
        asked: int64 ``(q,)``: the query captions, as places in ``dataset.captions``.
        queries: float32 ``(q, dim)``: their vectors.
        relevant: the images that answer each of the ``q`` queries.
        joined: int64 ``(j,)``: captions that have joined the collection; never queries.
        joined_vectors: float32 ``(j, dim)``.
        collection: what a person would search, where there is one.
        ids: int64 ``(images,)``: the images' ids in the collection.
        oracle_embeddings: float32 ``(images, any dim)``: by what simulated users compare images, by
            another encoder than the one that ranks.
        middle: float32 ``(dim,)``: the mean of texts in general; by default that of the queries.
        others: the same images and queries as further encoders have them.

    Raises:
        InputError: the parts do not fit together.
    """

    dataset: Dataset
    encoder: EncoderDescription
    images: Vectors
    asked: Places
    queries: Vectors
    relevant: Relevant
    joined: Places = field(default_factory=lambda: NO_CAPTIONS)
    joined_vectors: Vectors | None = None
    collection: Collection | None = None
    ids: Places | None = None
    oracle_embeddings: Vectors | None = None
    middle: Vectors | None = None
    others: tuple[View, ...] = ()

    def __post_init__(self) -> None:
        dims = {self.images.shape[1], self.queries.shape[1]}
        if len(dims) > 1:
            raise InputError(
                f"The images' vectors have {self.images.shape[1]} dimensions and the queries' "
                f"{self.queries.shape[1]}; both must come from one encoder."
            )
        if np.intersect1d(self.asked, self.joined).size:
            raise InputError("A caption that joined the collection cannot be asked as well.")

    @property
    def views(self) -> tuple[View, ...]:
        """What each encoder has, the first one's before the others'."""
        middle = self.queries.mean(axis=0) if self.middle is None else self.middle
        return (View(self.encoder, self.images, self.queries, middle), *self.others)

    @property
    def groups(self) -> Places:
        """int64 ``(q,)``: the image that each query was written of (see ``significance``)."""
        return self.dataset.owners[self.asked]

    def only(self, queries: Places) -> "EvaluationSet":
        """Return the same with some of its queries, by their places."""
        return replace(
            self,
            asked=self.asked[queries],
            queries=self.queries[queries],
            relevant=self.relevant.of(queries),
        )

    def with_initial_rank_between(self, first: int, last: int) -> "EvaluationSet":
        """Return the same with the queries whose best answer has an initial rank in a range.

        Raises:
            InputError: there are none.
        """
        ranks = np.concatenate(
            [
                ranks_in(self.queries[block] @ self.images.T, self.relevant.of(block)).first
                for block in blocks(len(self.asked))
            ]
        )
        there = np.flatnonzero((ranks >= first) & (ranks <= last))
        if not len(there):
            raise InputError(f"No query begins from rank {first} to {last}.")
        return self.only(there)

    @property
    def expansion_owners(self) -> Places:
        """int64 ``(j,)``: the image of each joined caption."""
        return self.dataset.owners[self.joined]


def evaluation_set_from_vectors(
    dataset: Dataset,
    asked: Places,
    joined: Places = NO_CAPTIONS,
    *,
    encoder: str = "vectors",
    relevant: Relevant | None = None,
    others: Sequence[View] = (),
) -> EvaluationSet:
    """An evaluation set of a data set that comes with its vectors.

    Args:
        dataset: with vectors.
        asked: query captions.
        joined: captions that join the collection.
        encoder: what to call the one that made the vectors.
        relevant: of the ``asked``; by default the image that each was written of.
        others: what further encoders have.

    Raises:
        InputError: it has none.
    """
    images, captions = dataset.image_vectors, dataset.caption_vectors
    if images is None or captions is None:
        raise InputError(f"{dataset.name} comes without vectors; name an encoder.")
    return EvaluationSet(
        dataset=dataset,
        encoder=EncoderDescription(encoder, images.shape[1]),
        images=images,
        asked=asked,
        queries=captions[asked],
        relevant=relevant or dataset.relevant.of(asked),
        joined=joined,
        joined_vectors=captions[joined],
        middle=captions.mean(axis=0),
        others=tuple(others),
    )


class CachedSearcher:
    """An encoder for texts that were encoded before: the queries."""

    def __init__(self, view: View, captions: Sequence[str]) -> None:
        self.name = view.encoder.name
        self.fingerprint = view.encoder.fingerprint
        self.dim = view.encoder.dim
        self.image_size = 0
        self._vectors = dict(zip(captions, view.queries, strict=True))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """The vectors of query captions: float32 ``(n, dim)``."""
        return np.stack([self._vectors[text] for text in texts])

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:  # noqa: ARG002
        """No picture is at hand.

        Raises:
            InputError: always.
        """
        raise InputError("In the laboratory an example picture is an image of the data set.")


def space_of(evaluation_set: EvaluationSet, view: View) -> EmbeddingSearcher:
    """Return a searcher of one encoder's embeddings; an image's id is its place in the data set."""
    dataset = evaluation_set.dataset
    encoder = CachedSearcher(view, [dataset.captions[place] for place in evaluation_set.asked])
    ids, paths = np.arange(len(view.images)), [Path(each) for each in dataset.image_ids]
    table = EmbeddingMatrix(ids, view.images, ModalityMeans(view.middle, view.images.mean(axis=0)))
    images = InMemoryImages(table, lambda asked: [paths[place] for place in asked])
    index = ExactFloat32Index.build(ids, view.images)
    return EmbeddingSearcher(view.encoder.name, lambda: encoder, index, images)


def score_rows(rankings: Sequence[Ranking], images: int) -> ScoreRows:
    """Rankings as scores of all images, float32 ``(len(rankings), images)``.

    A score is minus the number of better ones, since a fusion's points may differ by less than
    what counts as equal; equal points stay equal.
    """
    rows = np.full((len(rankings), images), -np.inf, dtype=np.float32)
    for row, ranking in zip(rows, rankings, strict=True):
        _, better = np.unique(-ranking.scores, return_inverse=True)
        row[ranking.ids] = -better
    return rows
