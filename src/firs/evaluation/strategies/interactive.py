"""A simulated user looks at the first page, marks, and Rocchio answers, round after round."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.bench import Bench
from firs.evaluation.ranks import Places, ScoreRows
from firs.evaluation.strategies.base import Searching, Started
from firs.evaluation.users import Marks, User, make_user
from firs.feedback.pseudo import best
from firs.feedback.rocchio import Rocchio


@dataclass(frozen=True, slots=True)
class InteractiveRocchio:
    """``rocchio``: all marks so far move the query; a query that is found stays as it is.

    Args:
        user: who marks: ``known-item``, ``truthful`` or ``pseudo``.
        shown: images a page.
        rounds: how many after the first search.
        most: how many images a ``truthful`` or ``pseudo`` user marks of either kind.
        again: whether images that were seen are shown again; if not, all but the ticked ones go
            to the end.
        noise: how often a mark goes wrong, from 0 to 1.
        seed: of the noise.
        alpha: what the query keeps.
        beta: the pull of the ticks.
        gamma: the push of the crosses.
        over: the strategy that is searched with, such as ``bits-mean``.
    """

    user: str = "known-item"
    shown: int = 10
    rounds: int = 7
    most: int = 2
    again: bool = False
    noise: float = 0.0
    seed: int = 0
    alpha: float = 1.0
    beta: float = 0.75
    gamma: float = 0.15
    over: str = "none"

    def __post_init__(self) -> None:
        if self.shown < 1 or self.rounds < 0:
            raise InputError(
                f"A page shows 1 or more and rounds are 0 or more, "
                f"not shown={self.shown}, rounds={self.rounds}."
            )

    def start(self, bench: Bench) -> Started:
        """One search, then ``rounds`` marked pages.

        Raises:
            InputError: ``over`` cannot be searched with, or there is no such user.
        """
        from firs.evaluation.strategies import StrategyCall

        under = StrategyCall(self.over).make()
        if not isinstance(under, Searching):
            raise InputError(f"Feedback cannot go over the strategy {self.over!r}.")
        searcher = under.searcher(bench)
        user = make_user(self.user, bench, most=self.most, noise=self.noise, seed=self.seed)

        def answers(block: Places) -> Iterator[ScoreRows]:
            scores = searcher.scores(bench.queries[block])
            talks = [_Talk(int(query), bench, self) for query in block]
            yield scores
            for _ in range(self.rounds):
                scores = scores.copy()
                pages = best(scores, min(self.shown, scores.shape[1]))
                going = [row for row, talk in enumerate(talks) if talk.goes_on(user, pages[row])]
                if going:
                    moved = np.stack([talks[row].query() for row in going])
                    scores[going] = searcher.scores(moved)
                    for row in going:
                        scores[row, talks[row].hidden()] = -np.inf
                yield scores

        return Started(answers, searcher)


class _Talk:
    """One query's rounds: what was seen and marked so far."""

    def __init__(self, query: int, bench: Bench, how: InteractiveRocchio) -> None:
        self._query = query
        self._bench = bench
        self._how = how
        self._ticks: dict[int, None] = {}
        self._crosses: dict[int, None] = {}
        self._seen: dict[int, None] = {}
        self._found = False

    def goes_on(self, user: User, shown: Places) -> bool:
        """Let the user mark a page; false once the image is found."""
        if not self._found:
            self._take(user.marks(self._query, shown))
            self._seen.update(dict.fromkeys(map(int, shown)))
        return not self._found

    def _take(self, marks: Marks) -> None:
        self._found = marks.found is not None
        self._ticks.update(dict.fromkeys(marks.relevant))
        self._crosses.update(dict.fromkeys(marks.irrelevant))

    def query(self) -> Vectors:
        """The query's vector ``(dim,)`` after all marks."""
        rocchio = Rocchio(self._how.alpha, self._how.beta, self._how.gamma)
        images = self._bench.images
        ticks, crosses = images[list(self._ticks)], images[list(self._crosses)]
        query = self._bench.queries[[self._query]]
        moved: Vectors = rocchio.moved(query, ticks[np.newaxis], crosses[np.newaxis])[0]
        return moved

    def hidden(self) -> list[int]:
        """The images that are not to be shown again; what was ticked keeps its place."""
        return (
            [] if self._how.again else [place for place in self._seen if place not in self._ticks]
        )
