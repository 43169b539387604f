"""Strategies of several rankings: a caption and an example, several captions, several encoders."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet, score_rows, space_of
from firs.evaluation.ranks import Places, blocks
from firs.evaluation.strategies.base import Started
from firs.feedback.base import best
from firs.fusion import DEFAULT, fuse, open_fusion
from firs.query import Query, like, text
from firs.ranking import Ranking
from firs.search import QUERY_STRATEGIES, QueryStrategy, load_strategy, search
from firs.search.strategies import DEPTH, FUSION, LateFusion, Rerank, search_with_all


def near_neighbours(evaluation_set: EvaluationSet, among: int, seed: int) -> Places:
    """One of the images nearest to the one that each query was written of, never that image.

    Nearness is that of the oracle embeddings, or of the encoder that ranks where there are none.

    Args:
        evaluation_set: the evaluation set with the queries.
        among: how many of the nearest it is drawn from.
        seed: of the draw.

    Returns:
        int64 ``(q,)``, places of images.

    Raises:
        InputError: ``among`` is below 1, or there are not as many other images.
    """
    seen = (
        evaluation_set.images
        if evaluation_set.oracle_embeddings is None
        else evaluation_set.oracle_embeddings
    )
    if not 1 <= among < len(seen):
        raise InputError(
            f"An example is one of the 1 to {len(seen) - 1:,} nearest images, not of {among:,}."
        )
    drawn = np.random.default_rng(seed).integers(0, among, len(evaluation_set.groups))
    examples = np.empty(len(evaluation_set.groups), dtype=np.int64)
    for block in blocks(len(examples)):
        sought = evaluation_set.groups[block]
        closeness = seen[sought] @ seen.T
        closeness[np.arange(len(sought)), sought] = -np.inf
        examples[block] = best(closeness, among)[np.arange(len(sought)), drawn[block]]
    return examples


WORDS, PICTURE = "words", "picture"


@dataclass(frozen=True, slots=True)
class WithExample:
    """``example``: a caption and a picture that is a near neighbour of the image sought.

    The picture is taken out of the ranking, as one that the person has seen.

    Args:
        strategy: ``words`` or ``picture``, one of them alone; or how both are searched:
            ``early-fusion``, ``late-fusion`` or ``rerank``.
        fusion: how late fusion and rerank fuse; by default as they usually do.
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
        if self.strategy not in (WORDS, PICTURE):
            self._answering()
        if self.fusion:
            open_fusion(self.fusion)

    def start(self, evaluation_set: EvaluationSet) -> Started:
        """One round.

        Raises:
            InputError: there are not so many images to draw the picture from.
        """
        space, count = space_of(evaluation_set, evaluation_set.views[0]), len(evaluation_set.images)
        examples = near_neighbours(evaluation_set, self.among, self.seed)
        strategy = "early-fusion" if self.strategy in (WORDS, PICTURE) else self._answering()

        def found(query: int) -> Ranking:
            asked = self._query(_caption(evaluation_set, query), int(examples[query]))
            return search(asked, space, count, strategy)

        return _by_rankings(found, count, examples)

    def _query(self, caption: str, example: int) -> Query:
        parts = {WORDS: text(caption), PICTURE: like(example)}
        return parts.get(self.strategy) or text(caption) + like(example)

    def _answering(self) -> QueryStrategy:
        if self.strategy not in QUERY_STRATEGIES:
            names = ", ".join([WORDS, PICTURE, *QUERY_STRATEGIES])
            raise InputError(f"There is no strategy {self.strategy!r}. Choose one of: {names}.")
        if self.strategy == "late-fusion":
            return LateFusion(self.fusion) if self.fusion else LateFusion()
        if self.strategy == "rerank":
            return Rerank(self.first, self.fusion) if self.fusion else Rerank(self.first)
        return load_strategy(self.strategy)


@dataclass(frozen=True, slots=True)
class SeveralCaptions:
    """``captions``: all query captions of an image, each searched for, and fused.

    Each of the captions is answered by the same ranking.

    Args:
        fusion: by what.
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

    def start(self, evaluation_set: EvaluationSet) -> Started:
        """One round."""
        space, owners = space_of(evaluation_set, evaluation_set.views[0]), evaluation_set.groups

        @cache
        def of_image(owner: int) -> Ranking:
            queries = np.flatnonzero(owners == owner).tolist()
            chosen = queries[: self.only][-1:] if self.only else queries
            lists = [
                space.search_vector(
                    evaluation_set.queries[each], self.depth, _caption(evaluation_set, each)
                )
                for each in chosen
            ]
            return fuse(lists, self.fusion) if len(lists) > 1 else lists[0]

        return _by_rankings(lambda query: of_image(int(owners[query])), len(evaluation_set.images))


@dataclass(frozen=True, slots=True)
class SeveralEncoders:
    """``encoders``: the rankings of all encoders of the experiment, fused.

    Args:
        fusion: by what.
        only: not fused, but this one of the encoders alone, from 1.
        others: how much each encoder but the first counts.
    """

    fusion: str = FUSION
    only: int = 0
    others: float = 1.0

    def __post_init__(self) -> None:
        open_fusion(self.fusion)

    def start(self, evaluation_set: EvaluationSet) -> Started:
        """One round.

        Raises:
            InputError: there are fewer encoders than ``only``.
        """
        if not 0 <= self.only <= len(evaluation_set.views):
            raise InputError(
                f"There are {len(evaluation_set.views)} encoders here, so only={self.only} is none "
                f"of them; name several with a plus, as in --encoder mini+siglip2-base."
            )
        views = (
            evaluation_set.views[self.only - 1 : self.only] if self.only else evaluation_set.views
        )
        spaces, depth = (
            [space_of(evaluation_set, view) for view in views],
            min(DEPTH, len(evaluation_set.images)),
        )
        weights = [1.0, *[self.others] * (len(spaces) - 1)]

        def found(query: int) -> Ranking:
            asked = text(_caption(evaluation_set, query))
            return search_with_all(asked, spaces, depth, fusion=self.fusion, weights=weights)

        return _by_rankings(found, len(evaluation_set.images))


def _caption(evaluation_set: EvaluationSet, query: int) -> str:
    return evaluation_set.dataset.captions[int(evaluation_set.asked[query])]


def _by_rankings(
    found: Callable[[int], Ranking], images: int, hidden: Places | None = None
) -> Started:
    """One round of rankings, one a query; ``hidden`` is an image a query that is not ranked."""

    def answers(block: Places) -> list[np.ndarray]:
        rows = score_rows([found(query) for query in block.tolist()], images)
        if hidden is not None:
            rows[np.arange(len(block)), hidden[block]] = -np.inf
        return [rows]

    return Started(answers)
