"""Pseudo feedback with a breaking rank, as the paper defines both."""

from collections.abc import Iterator
from dataclasses import dataclass

from firs.errors import InputError
from firs.evaluation.bench import EvaluationSet
from firs.evaluation.ranks import Places, ScoreRows, ranks_in
from firs.evaluation.searchers import Searcher
from firs.evaluation.strategies.base import Searching, Started
from firs.feedback.pseudo import extremes
from firs.feedback.rocchio import Rocchio


@dataclass(frozen=True, slots=True)
class Pseudo:
    """``pseudo``: the best P images are positive, the worst P negative, and Rocchio moves on.

    Each round starts from the query of the round before.

    Args:
        p: P, how many are taken for right, and as many for wrong.
        b: the breaking rank: a query whose relevant image already stands at rank b or better is
            not refined. Knowing that takes an oracle; 0 refines every query without asking it.
        rounds: how many after the first search.
        alpha: what the query keeps.
        beta: the pull of the positive.
        gamma: the push of the negative.
        over: the strategy that is searched with, such as ``bits-mean``.
    """

    p: int = 3
    b: int = 1
    rounds: int = 1
    alpha: float = 1.0
    beta: float = 0.75
    gamma: float = 0.15
    over: str = "none"

    def __post_init__(self) -> None:
        if self.b < 0 or self.rounds < 0:
            raise InputError(
                f"Breaking rank and rounds are 0 or more, not b={self.b}, rounds={self.rounds}."
            )

    def start(self, bench: EvaluationSet) -> Started:
        """One search, then ``rounds`` refined ones.

        Raises:
            InputError: ``over`` cannot be searched with, or there are too few images for ``p``.
        """
        from firs.evaluation.strategies import StrategyCall

        under = StrategyCall(self.over).make()
        if not isinstance(under, Searching):
            raise InputError(f"Feedback cannot go over the strategy {self.over!r}.")
        searcher = under.searcher(bench)
        return Started(lambda block: self._rounds(bench, searcher, block), searcher)

    def _rounds(
        self, bench: EvaluationSet, searcher: Searcher, block: Places
    ) -> Iterator[ScoreRows]:
        rocchio = Rocchio(self.alpha, self.beta, self.gamma)
        queries, relevant = bench.queries[block], bench.relevant.of(block)
        scores = searcher.scores(queries)
        yield scores
        for _ in range(self.rounds):
            refined = ranks_in(scores, relevant).first > self.b
            best, worst = extremes(scores[refined], self.p)
            moved = rocchio.move(queries[refined], bench.images[best], bench.images[worst])
            queries, scores = queries.copy(), scores.copy()
            queries[refined], scores[refined] = moved, searcher.scores(moved)
            yield scores
