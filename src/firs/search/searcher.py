"""Searcher: a text or an embedding → a ranking of the images that one encoder has embedded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

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
        """Return the embedding of one image.

        Raises:
            InputError: there is no image with this id, or it has no embedding.
        """

    def matrix(self) -> EmbeddingMatrix:
        """Return all embeddings, or a representative sample if they are stored elsewhere."""


class CalibrationSource(Protocol):
    """The stored calibration of an encoder's text scores (see ``firs.calibration``)."""

    def hubness(self, searcher: "EmbeddingSearcher") -> "Hubness | None":
        """Return the hubness correction of a searcher's matrix; None if it was not measured."""


class ExpansionSource(Protocol):
    """The stored expansion of the images by texts (see ``firs.expansion``)."""

    def expansion(self, searcher: "EmbeddingSearcher") -> "Expansion | None":
        """Return the expansion of a searcher's matrix; None if there is none."""


@dataclass(frozen=True, eq=False)
class EmbeddingSearcher:
    """Searcher over the embeddings of one encoder.

    Args:
        name: name of the encoder.
        open_encoder: returns the encoder; called only when something must be encoded.
        index: over the embeddings.
        images: paths and embeddings of the images.
        subset: int64 ``(n,)``, ids of the images to search; default all.
        fingerprint: of the encoder's weights, if known.
        revision: of the embeddings; changes with them.
        calibration_source: calibration of text scores; default none.
        expansion_source: expansion of text scores; default none.
        known_text_mean: float32 ``(dim,)``, mean of all texts; by default texts are encoded when it
            is needed.
    """

    name: str
    open_encoder: Callable[[], Encoder]
    index: Index
    images: Images
    subset: Ids | None = None
    fingerprint: str = ""
    revision: int = 0
    calibration_source: CalibrationSource | None = None
    expansion_source: ExpansionSource | None = None
    known_text_mean: Vector | None = None

    def with_corrections(self, *, calibration: bool = True, expansion: bool = True) -> Self:
        """Return the searcher without the corrections of text scores that are not requested."""
        return replace(
            self,
            calibration_source=self.calibration_source if calibration else None,
            expansion_source=self.expansion_source if expansion else None,
        )

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder, opened at the first use."""
        return self.open_encoder()

    @cached_property
    def matrix(self) -> EmbeddingMatrix:
        """Embeddings of all images, or of a representative sample if they are stored elsewhere."""
        return self.images.matrix()

    @cached_property
    def text_mean(self) -> Vector:
        """The mean of all texts: float32 ``(dim,)``."""
        if self.known_text_mean is not None:
            return self.known_text_mean
        return self.matrix.centres(self.encoder).text_mean

    @cached_property
    def hubness(self) -> "Hubness | None":
        """The hubness correction of text scores, if it was measured and is used."""
        source = self.calibration_source
        return None if source is None else source.hubness(self)

    @cached_property
    def expansion(self) -> "Expansion | None":
        """The expansion of text scores, if there is one and it is used."""
        source = self.expansion_source
        return None if source is None else source.expansion(self)

    @property
    def calibration(self) -> "Calibration | None":
        """The fitted calibration of text scores, or the default of the encoder, if there is one."""
        from firs.calibration import default_calibration

        fitted = self.hubness.calibration if self.hubness else None
        return fitted or default_calibration(self.name)

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
            ids: images to include as well; those without an embedding are skipped.
            least: minimum number of nearest images per vector, if more than the default.
            most: maximum number per vector, if fewer than the default; captions then add no
                candidates.
            onto: embedding matrix with images that keep their positions; new ones are appended.
        """
        return self

    def filter_known(self, ids: Sequence[int]) -> list[int]:
        """Return the ids of existing images with an embedding, in the given order."""
        return self.matrix.filter_known(ids)

    def matrix_of(self, ids: Ids) -> EmbeddingMatrix:  # noqa: ARG002
        """Return an embedding matrix of some images, without those that have no embedding."""
        return self.matrix

    def raw_scores(self, vector: Vector) -> Scores:
        """Return the cosines of all images to a vector: float32 ``(n,)``, by row of the matrix."""
        return self.matrix.scores(vector[np.newaxis])[:, 0]

    def calibrated_scores(self, vector: Vector) -> Scores:
        """Return the scores of all images for a text, calibrated and not expanded."""
        scores = self.raw_scores(vector)
        return scores if self.hubness is None else self.hubness.of(scores)

    def text_scores(self, vector: Vector) -> Scores:
        """Return the scores of all images for a text, calibrated and expanded: float32 ``(n,)``."""
        scores = self.calibrated_scores(vector)
        return scores if self.expansion is None else self.expansion.apply(vector, scores).scores

    def search_vector(self, vector: Vector, k: int, source: str) -> Ranking:
        """Return the ``k`` images of the subset nearest to a vector.

        Raises:
            InputError: ``k`` is below 1.
        """
        [ids], [scores] = self.index.search(vector[np.newaxis], k, self.subset)
        return self._ranking(ids, scores, source)

    def search_text(self, vector: Vector, k: int, source: str) -> Ranking:
        """Return the ``k`` images of the subset that match a text best, by corrected scores.

        Raises:
            InputError: ``k`` is below 1.
        """
        if self.hubness is None and self.expansion is None:
            return self.search_vector(vector, k, source)
        if k < 1:
            raise InputError(f"k must be 1 or more, not {k}.")
        return self._search_corrected(vector, k, source)

    def _search_corrected(self, vector: Vector, k: int, source: str) -> Ranking:
        near = self.shortlist_for(vector[np.newaxis], least=k)
        ids, scores = near.matrix.ids, near.text_scores(vector)
        is_found = np.ones(len(ids), bool) if near.subset is None else np.isin(ids, near.subset)
        rows = np.flatnonzero(is_found)
        best = rows[np.argsort(-scores[rows], kind="stable")[:k]]
        ranking = self._ranking(ids[best], scores[best], source)
        population = near.matrix.population
        ranking.confidence = near._confidence(vector, ranking.ids, (ids, scores), population)
        return ranking

    def _confidence(
        self, vector: Vector, found: Ids, known: Scored, population: PopulationSample | None
    ) -> Confidence | None:
        """Return the calibrated meaning of a text's scores, if the collection is calibrated.

        Args:
            vector: float32 ``(dim,)``, embedding of the text.
            found: int64 ``(k,)``, the images found.
            known: the ids and corrected scores of all images, or of those in memory.
            population: the sample that represents all images, if not all are in memory.
        """
        calibration = self.calibration
        if self.hubness is None or calibration is None:
            return None
        ids, scores = known
        order = np.argsort(ids)
        rows = order[np.searchsorted(ids, found, sorter=order)]
        probabilities = calibration.probabilities(scores, population)[rows]
        return Confidence(
            dict(zip(found.tolist(), probabilities.tolist(), strict=True)),
            calibration.is_weak(scores, self.hubness.familiar(vector), population),
        )

    def rerank(self, ranking: Ranking, vector: Vector, source: str) -> Ranking:
        """Return the images of a ranking, sorted by their similarity to a vector."""
        order = np.argsort(ranking.ids)
        scores = self.matrix_of(ranking.ids).rows(ranking.ids[order]) @ vector
        by = np.argsort(-scores, kind="stable")
        paths = [ranking.paths[at] for at in order[by].tolist()]
        return Ranking(ranking.ids[order][by], scores[by], paths, source)

    def _ranking(self, ids: Ids, scores: Scores, source: str) -> Ranking:
        return Ranking(ids, scores, self.images.paths(ids.tolist()), source)


class InMemoryImages:
    """Images with embeddings and paths in memory.

    Args:
        matrix: the embeddings.
        paths: returns the paths of images, in the order of their ids.
    """

    def __init__(
        self, matrix: EmbeddingMatrix, paths: Callable[[Sequence[int]], Sequence[Path]]
    ) -> None:
        self._matrix = matrix
        self._paths = paths

    def paths(self, ids: Sequence[int]) -> Sequence[Path]:
        return self._paths(ids)

    def vector(self, id_: int) -> Vector:
        vector: Vector = self._matrix.rows(np.array([id_]))[0]
        return vector

    def matrix(self) -> EmbeddingMatrix:
        """Return all embeddings."""
        return self._matrix
