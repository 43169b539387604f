"""What an encoder has on a bench, as a search sees it: a space like that of a collection.

Strategies of queries and rankings go through ``firs.search``, as a person's searches do.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.bench import EvaluationSet, View
from firs.evaluation.ranks import ScoreRows
from firs.index.exact import ExactFloat32Index
from firs.ranking import Ranking
from firs.search import EmbeddingMatrix, EmbeddingSearcher, InMemoryImages
from firs.search.centres import ModalityMeans


class CachedSearcher:
    """An encoder whose texts are those that were asked, encoded before."""

    def __init__(self, view: View, captions: Sequence[str]) -> None:
        self.name = view.encoder.name
        self.fingerprint = view.encoder.fingerprint
        self.dim = view.encoder.dim
        self.image_size = 0
        self._vectors = dict(zip(captions, view.queries, strict=True))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """The vectors of captions that are asked: float32 ``(n, dim)``."""
        return np.stack([self._vectors[text] for text in texts])

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:  # noqa: ARG002
        """No picture is at hand.

        Raises:
            InputError: always.
        """
        raise InputError("In the laboratory an example picture is an image of the data set.")


def space_of(bench: EvaluationSet, view: View) -> EmbeddingSearcher:
    """The images of a bench as one encoder has them; an image's id is its place in the data set."""
    dataset = bench.dataset
    encoder = CachedSearcher(view, [dataset.captions[place] for place in bench.asked])
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
