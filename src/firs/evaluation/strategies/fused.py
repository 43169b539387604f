"""Strategies of several rankings: a caption and an example, several captions, several encoders."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet, View
from firs.evaluation.measures import Indices, ScoreRows, blocks
from firs.evaluation.strategies import StartedStrategy
from firs.feedback.base import best
from firs.fusion import DEFAULT, fuse, open_fusion
from firs.index.exact import ExactFloat32Index
from firs.query import like, text
from firs.ranking import Ranking
from firs.search import (
    QUERY_STRATEGIES,
    EmbeddingMatrix,
    EmbeddingSearcher,
    InMemoryImages,
    QueryStrategy,
    load_strategy,
    search,
)
from firs.search.matrix import ModalityMeans
from firs.search.strategies import DEPTH, FUSION, LateFusion, Rerank, search_with_all

WORDS, PICTURE = "words", "picture"


@dataclass(frozen=True, slots=True)
class WithExample:
    """``example``: a caption and a picture that is a near neighbour of the target.

    The picture is removed from the ranking, as one that the person has seen.

    Args:
        strategy: ``words`` or ``picture``, one of them alone; or how both are searched:
            ``early-fusion``, ``late-fusion`` or ``rerank``.
        fusion: how late fusion and rerank fuse; by default their own default.
        among: how many of the nearest images the picture is drawn from, by the oracle embeddings,
            or by the encoder where there are none.
        first: how many of what the words find the pictures rerank, with --strategy rerank.
        seed: of the draw.
    """

    strategy: str = "early-fusion"
    fusion: str = ""
    among: int = 5
    first: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        self._query_strategy()
        if self.fusion:
            open_fusion(self.fusion)

    def start(self, evaluation_set: EvaluationSet) -> StartedStrategy:
        """Start one round.

        Raises:
            InputError: there are not so many images to draw the picture from.
        """
        count = len(evaluation_set.images)
        searcher = embedding_searcher(evaluation_set, evaluation_set.views[0])
        examples = near_neighbours(evaluation_set, self.among, self.seed)
        strategy = self._query_strategy()

        def rank(query: int) -> Ranking:
            caption, picture = text(evaluation_set.query_text(query)), like(int(examples[query]))
            alone = {WORDS: caption, PICTURE: picture}
            return search(alone.get(self.strategy) or caption + picture, searcher, count, strategy)

        return _start_with_rankings(rank, count, examples)

    def _query_strategy(self) -> QueryStrategy:
        if self.strategy in (WORDS, PICTURE):
            return load_strategy("early-fusion")
        if self.strategy not in QUERY_STRATEGIES:
            names = ", ".join([WORDS, PICTURE, *QUERY_STRATEGIES])
            raise InputError(f"There is no strategy {self.strategy!r}. Choose one of: {names}.")
        if self.strategy == "late-fusion":
            return LateFusion(self.fusion or FUSION)
        if self.strategy == "rerank":
            return Rerank(self.first, self.fusion or FUSION)
        return load_strategy(self.strategy)


@dataclass(frozen=True, slots=True)
class SeveralCaptions:
    """``captions``: all query captions of an image, each searched for, and fused.

    Each of the captions is answered by the same ranking.

    Args:
        fusion: the fusion method.
        depth: how many images of each caption's ranking are fused.
        only: not fused, but this one of the captions alone, from 1, or the last.
    """

    fusion: str = DEFAULT
    depth: int = 100
    only: int = 0

    def __post_init__(self) -> None:
        open_fusion(self.fusion)
        if self.depth < 1 or self.only < 0:
            raise InputError(
                f"depth is 1 or more and only 0 or more, not {self.depth} and {self.only}."
            )

    def start(self, evaluation_set: EvaluationSet) -> StartedStrategy:
        searcher = embedding_searcher(evaluation_set, evaluation_set.views[0])
        owners = evaluation_set.groups

        @cache
        def rank_image(owner: int) -> Ranking:
            queries = np.flatnonzero(owners == owner).tolist()
            rankings = [
                searcher.search_vector(
                    evaluation_set.queries[query], self.depth, evaluation_set.query_text(query)
                )
                for query in (queries[: self.only][-1:] if self.only else queries)
            ]
            return fuse(rankings, self.fusion) if len(rankings) > 1 else rankings[0]

        return _start_with_rankings(
            lambda query: rank_image(int(owners[query])), len(evaluation_set.images)
        )


@dataclass(frozen=True, slots=True)
class SeveralEncoders:
    """``encoders``: the rankings of all encoders of the experiment, fused.

    Args:
        fusion: the fusion method.
        only: not fused, but this one of the encoders alone, from 1.
        others: the weight of each encoder but the first.
    """

    fusion: str = FUSION
    only: int = 0
    others: float = 1.0

    def __post_init__(self) -> None:
        open_fusion(self.fusion)

    def start(self, evaluation_set: EvaluationSet) -> StartedStrategy:
        """Start one round.

        Raises:
            InputError: there are fewer encoders than ``only``.
        """
        views, count = evaluation_set.views, len(evaluation_set.images)
        if not 0 <= self.only <= len(views):
            raise InputError(
                f"There are {len(views)} encoders here, so only={self.only} is none "
                f"of them; name several with a plus, as in --encoder mini+siglip2-base."
            )
        used = views[self.only - 1 : self.only] if self.only else views
        searchers = [embedding_searcher(evaluation_set, view) for view in used]
        weights = [1.0, *[self.others] * (len(searchers) - 1)]

        def rank(query: int) -> Ranking:
            caption = text(evaluation_set.query_text(query))
            depth = min(DEPTH, count)
            return search_with_all(caption, searchers, depth, fusion=self.fusion, weights=weights)

        return _start_with_rankings(rank, count)


def near_neighbours(evaluation_set: EvaluationSet, among: int, seed: int) -> Indices:
    """Draw one of the images nearest to the one that each query was written of, never that image.

    Nearness is that of the oracle embeddings, or of the encoder that ranks where there are none.

    Args:
        evaluation_set: the evaluation set with the queries.
        among: how many of the nearest it is drawn from.
        seed: of the draw.

    Returns:
        int64 ``(q,)``, indices of images.

    Raises:
        InputError: ``among`` is below 1, or there are not as many other images.
    """
    oracle = evaluation_set.oracle_embeddings
    vectors = evaluation_set.images if oracle is None else oracle
    if not 1 <= among < len(vectors):
        raise InputError(
            f"An example is one of the 1 to {len(vectors) - 1:,} nearest images, not of {among:,}."
        )
    targets = evaluation_set.groups
    drawn = np.random.default_rng(seed).integers(0, among, len(targets))
    examples = np.empty(len(targets), dtype=np.int64)
    for block in blocks(len(targets)):
        rows = np.arange(len(block))
        similarity = vectors[targets[block]] @ vectors.T
        similarity[rows, targets[block]] = -np.inf
        examples[block] = best(similarity, among)[rows, drawn[block]]
    return examples


class CachedTextEncoder:
    """An encoder for texts that are already encoded: the queries."""

    def __init__(self, view: View, captions: Sequence[str]) -> None:
        self.name = view.encoder.name
        self.fingerprint = view.encoder.fingerprint
        self.dim = view.encoder.dim
        self.image_size = 0
        self._vectors = dict(zip(captions, view.queries, strict=True))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of query captions: float32 ``(n, dim)``."""
        return np.stack([self._vectors[text] for text in texts])

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:  # noqa: ARG002
        """Reject pictures, which cannot be encoded here.

        Raises:
            InputError: always.
        """
        raise InputError("In an evaluation an example picture is an image of the data set.")


def embedding_searcher(evaluation_set: EvaluationSet, view: View) -> EmbeddingSearcher:
    """Return a searcher of one encoder's embeddings; an image's id is its index in the data set."""
    dataset = evaluation_set.dataset
    captions = [dataset.captions[caption] for caption in evaluation_set.query_captions]
    encoder = CachedTextEncoder(view, captions)
    ids, paths = np.arange(len(view.images)), [Path(each) for each in dataset.image_ids]
    means = ModalityMeans(view.text_mean, view.images.mean(axis=0))
    matrix = EmbeddingMatrix(ids, view.images, means)
    images = InMemoryImages(matrix, lambda some: [paths[id_] for id_ in some])
    index = ExactFloat32Index.build(ids, view.images)
    return EmbeddingSearcher(view.encoder.name, lambda: encoder, index, images)


def score_rows(rankings: Sequence[Ranking], images: int) -> ScoreRows:
    """Return rankings as scores of all images, float32 ``(len(rankings), images)``.

    A score is minus the number of better ones, since a fusion's points may differ by less than
    what counts as equal; equal points stay equal.
    """
    rows = np.full((len(rankings), images), -np.inf, dtype=np.float32)
    for row, ranking in zip(rows, rankings, strict=True):
        _, better = np.unique(-ranking.scores, return_inverse=True)
        row[ranking.ids] = -better
    return rows


def _start_with_rankings(
    rank: Callable[[int], Ranking], images: int, hidden: Indices | None = None
) -> StartedStrategy:
    """Start one round of rankings, one per query; ``hidden`` is an image per query to leave out."""

    def answers(block: Indices) -> list[ScoreRows]:
        rows = score_rows([rank(query) for query in block.tolist()], images)
        if hidden is not None:
            rows[np.arange(len(block)), hidden[block]] = -np.inf
        return [rows]

    return StartedStrategy(answers)
