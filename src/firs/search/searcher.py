"""What is searched: an index, the images behind it, and the encoder that made their vectors."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Encoder, Vectors
from firs.errors import InputError
from firs.index import Index
from firs.index.base import Ids, Scores
from firs.ranking import Confidence, Ranking
from firs.search.matrix import EmbeddingMatrix, PopulationSample

if TYPE_CHECKING:
    from firs.calibration import Calibration
    from firs.calibration.hubness import Hubness
    from firs.expansion import Expansion

Vector = NDArray[np.float32]
"""float32 ``(dim,)``, of length 1."""

Scored = tuple[Ids, Scores]
"""The ids of some images, int64 ``(n,)``, and their scores, float32 ``(n,)``."""


class Images(Protocol):
    """The images of a collection as a search needs them."""

    def paths(self, ids: Sequence[int]) -> Sequence[Path]:
        """Return the paths of images, in the order of ``ids``."""

    def vector(self, id_: int) -> Vector:
        """The vector of one image.

        Raises:
            InputError: there is none with this id.
        """

    def matrix(self) -> EmbeddingMatrix:
        """All vectors."""


class EmbeddingSearcher:
    """Searcher over the embeddings of one encoder.

    Args:
        name: name of the encoder.
        open_encoder: returns the encoder; called only when something must be encoded.
        index: over the embeddings.
        images: access to the images.
        subset: int64 ``(n,)``, ids of the images to search; default all.
        fingerprint: of the encoder's weights, if known.
        revision: of the embeddings; changes with them.
        hubness: returns the hubness correction of a searcher's text scores, or None.
        expansion: returns the expansion applied after it, or None.
    """

    def __init__(
        self,
        name: str,
        open_encoder: Callable[[], Encoder],
        index: Index,
        images: Images,
        subset: Ids | None = None,
        *,
        fingerprint: str = "",
        revision: int = 0,
        hubness: "Callable[[EmbeddingSearcher], Hubness | None]" = lambda _: None,
        expansion: "Callable[[EmbeddingSearcher], Expansion | None]" = lambda _: None,
    ) -> None:
        self.name = name
        self.subset = subset
        self.fingerprint = fingerprint
        self.revision = revision
        self._open_encoder = open_encoder
        self._index = index
        self._hubness = hubness
        self._expansion = expansion
        self.images = images

    @property
    def index(self) -> Index:
        """Over the images' vectors."""
        return self._index

    @cached_property
    def encoder(self) -> Encoder:
        """What makes the vectors of texts and pictures."""
        return self._open_encoder()

    @cached_property
    def matrix(self) -> EmbeddingMatrix:
        """Embeddings of all images, or of a representative sample if they are stored elsewhere."""
        return self.images.matrix()

    def shortlist_for(
        self,
        vectors: Vectors | None = None,  # noqa: ARG002
        ids: Sequence[int] = (),  # noqa: ARG002
        *,
        least: int = 0,  # noqa: ARG002
        most: int | None = None,  # noqa: ARG002
        onto: EmbeddingMatrix | None = None,  # noqa: ARG002
    ) -> "EmbeddingSearcher":
        """Return a searcher that has all images near some vectors in memory.

        This is the searcher itself if all embeddings are in memory; see ``firs.search.shortlist``.

        Args:
            vectors: float32 ``(m, dim)``.
            ids: images to include as well.
            least: minimum number of nearest images per vector, if more than the default.
            most: maximum number per vector, if fewer than the default.
            onto: embedding matrix with images that keep their positions; new ones are appended.
        """
        return self

    def filter_known(self, ids: Sequence[int]) -> list[int]:
        """Return the ids of existing images with an embedding, in the given order."""
        return self.matrix.filter_known(ids)

    def matrix_of(self, ids: Ids) -> EmbeddingMatrix:  # noqa: ARG002
        """Return an embedding matrix of some images, without those that have no embedding."""
        return self.matrix

    @cached_property
    def text_mean(self) -> Vector:
        """The middle of all texts, for which texts are encoded; one that is known can be set."""
        return self.matrix.centres(self.encoder).text_mean

    @cached_property
    def hubness(self) -> "Hubness | None":
        """What is taken off the images' scores for texts, where that was measured.

        It can be set to None, so that nothing is.
        """
        return self._hubness(self)

    @cached_property
    def expansion(self) -> "Expansion | None":
        """What captions and accepted queries put onto the images' scores for texts, if they do.

        It can be set to None, so that they do not.
        """
        return self._expansion(self)

    def search_text(self, vector: Vector, k: int, source: str) -> Ranking:
        """The ``k`` images nearest to a text, calibrated and expanded where the collection is.

        Raises:
            InputError: ``k`` is below 1.
        """
        if self.hubness is None and self.expansion is None:
            return self.search_vector(vector, k, source)
        require_count(k)
        near = self.shortlist_for(vector[np.newaxis], least=k)
        all_scores = near.text_scores(vector)
        ids, scores = near._of_those_to_be_found(all_scores)
        best = np.argsort(-scores, kind="stable")[:k]
        ranking = self._ranking(ids[best], scores[best], source)
        population = near.matrix.population
        ranking.confidence = near._confidence(
            vector, ranking.ids, (near.matrix.ids, all_scores), population
        )
        return ranking

    @property
    def calibration(self) -> "Calibration | None":
        """The fitted calibration of text scores, or the default of the encoder, if there is one."""
        from firs.calibration import default_calibration

        fitted = self.hubness.calibration if self.hubness else None
        return fitted or default_calibration(self.name)

    def _confidence(
        self, vector: Vector, found: Ids, known: Scored, population: PopulationSample | None
    ) -> Confidence | None:
        """Return what the scores of a text mean, if the collection is calibrated.

        Args:
            vector: float32 ``(dim,)``, of the text.
            found: int64 ``(k,)``, the images found.
            known: the ids and scores of all images, or of those at hand, calibrated and expanded.
            population: the sample that represents all images, if not all are known.
        """
        calibration = self.calibration
        if self.hubness is None or calibration is None:
            return None
        ids, scores = known
        order = np.argsort(ids)
        positions = order[np.searchsorted(ids, found, sorter=order)]
        probabilities = calibration.probabilities(scores, population)[positions]
        return Confidence(
            dict(zip(found.tolist(), probabilities.tolist(), strict=True)),
            calibration.is_weak(scores, self.hubness.familiar(vector), population),
        )

    def text_scores(self, vector: Vector) -> Scores:
        """The scores of all images for a text, calibrated and expanded: float32 ``(n,)``."""
        scores = self.scores_calibrated(vector)
        return scores if self.expansion is None else self.expansion.apply(vector, scores).scores

    def scores_calibrated(self, vector: Vector) -> Scores:
        """Return the same without what captions and accepted queries put onto them."""
        scores = self.scores(vector)
        return scores if self.hubness is None else self.hubness.of(scores)

    def scores(self, vector: Vector) -> Scores:
        """The cosines of all images to a vector: float32 ``(n,)``, in the order of the table."""
        return self.matrix.scores(vector[np.newaxis])[:, 0]

    def _of_those_to_be_found(self, scores: Scores) -> tuple[Ids, Scores]:
        if self.subset is None:
            return self.matrix.ids, scores
        may = np.isin(self.matrix.ids, self.subset)
        return self.matrix.ids[may], scores[may]

    def search_vector(self, vector: Vector, k: int, source: str) -> Ranking:
        """Return the ``k`` images of the subset nearest to a vector.

        Raises:
            InputError: ``k`` is below 1.
        """
        [ids], [scores] = self.index.search(vector[np.newaxis], k, self.subset)
        return self._ranking(ids, scores, source)

    def _ranking(self, ids: Ids, scores: Scores, source: str) -> Ranking:
        return Ranking(ids, scores, self.images.paths(ids.tolist()), source)

    def rerank(self, ranking: Ranking, vector: Vector, source: str) -> Ranking:
        """The images of a ranking, and no others, by their nearness to a vector."""
        order = np.argsort(ranking.ids)
        scores = self.matrix_of(ranking.ids).rows(ranking.ids[order]) @ vector
        by = np.argsort(-scores, kind="stable")
        paths = [ranking.paths[at] for at in order[by].tolist()]
        return Ranking(ranking.ids[order][by], scores[by], paths, source)


def require_count(k: int) -> None:
    """Check a number of results.

    Raises:
        InputError: ``k`` is below 1.
    """
    if k < 1:
        raise InputError(f"k must be 1 or more, not {k}.")


class InMemoryImages:
    """Images with embeddings and paths in memory."""

    def __init__(
        self, table: EmbeddingMatrix, paths: Callable[[Sequence[int]], Sequence[Path]]
    ) -> None:
        self._table = table
        self._paths = paths

    def paths(self, ids: Sequence[int]) -> Sequence[Path]:
        """Return the paths of images, in the order of ``ids``."""
        return self._paths(ids)

    def vector(self, id_: int) -> Vector:
        """The vector of one image.

        Raises:
            InputError: there is none with this id.
        """
        vector: Vector = self._table.rows(np.array([id_]))[0]
        return vector

    def matrix(self) -> EmbeddingMatrix:
        """All vectors."""
        return self._table
