"""A simulated user views the first page, marks images, and searches again, round after round.

The user operates the same ``Session`` as a person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.measures import Indices, ScoreRows, ranks_in
from firs.evaluation.searchers import FloatSearcher, Searcher
from firs.evaluation.strategies import SearchStrategy, StartedStrategy, StrategyCall
from firs.evaluation.users import User, UserSettings, make_user
from firs.feedback import FEEDBACKS, CentredEmbeddings, open_feedback
from firs.feedback.pseudo import extremes
from firs.feedback.rocchio import Rocchio
from firs.query import text
from firs.registry import Call, Parameter, defaults_of
from firs.search import DEFAULT, EmbeddingMatrix
from firs.session import Session
from firs.session.context import SearchContext


@dataclass(frozen=True, slots=True)
class Interactive:
    """One method of feedback and one kind of user.

    Args:
        method: as ``Session.next`` takes it.
        user: who marks: see ``firs.evaluation.users``.
        shown: images per page.
        rounds: number of rounds after the first search; a query with its target found stays as
            it is.
        patience: the user gives up after so many rounds; 0 for never.
        most, margin, crosses, noise, errors, seed: how the user marks (see
            ``firs.evaluation.users.UserSettings``).
        again: whether images that were seen are shown again; if not, they go to the end.
        strength: how much the marks count.

    Raises:
        InputError: there is no such method, or a number is out of range.
    """

    method: str = "auto"
    user: str = "known-item"
    shown: int = 10
    rounds: int = 7
    patience: int = 0
    most: int = 2
    margin: float = 0.0
    crosses: int = 0
    noise: float = 0.0
    errors: float = 0.0
    again: bool = False
    seed: int = 0
    strength: float = 1.0

    def __post_init__(self) -> None:
        if self.shown < 1 or min(self.rounds, self.patience) < 0:
            raise InputError(
                f"A page shows 1 or more, and rounds and patience are 0 or more, not "
                f"shown={self.shown}, rounds={self.rounds}, patience={self.patience}."
            )
        open_feedback(self.method, self.strength)
        self.user_settings()

    def user_settings(self) -> UserSettings:
        """Return how the user marks.

        Raises:
            InputError: a number is out of range.
        """
        return UserSettings(
            self.most, self.margin, self.crosses, self.noise, self.errors, self.seed
        )

    def start(self, evaluation_set: EvaluationSet) -> StartedStrategy:
        """Start with one search, then ``rounds`` marked pages.

        Raises:
            InputError: there is no such user.
        """
        searcher = FloatSearcher(evaluation_set.images)
        user = make_user(self.user, evaluation_set, self.user_settings())
        images = centred_embeddings(evaluation_set)

        def answers(block: Indices) -> Iterator[ScoreRows]:
            scores = searcher.scores(evaluation_set.queries[block])
            sessions = [
                Session(_search_context(evaluation_set, int(query), row, images))
                for query, row in zip(block, scores, strict=True)
            ]
            yield scores
            for _ in range(self.rounds):
                scores = scores.copy()
                for row, session, query in zip(scores, sessions, block, strict=True):
                    if self._continue(session, user, int(query)):
                        row[:] = session.round.scores
                yield scores

        return StartedStrategy(answers, searcher, self.shown)

    def _continue(self, session: Session, user: User, query: int) -> bool:
        """Let the user mark a page and search again; false once the image is found."""
        gives_up = 0 < self.patience <= session.round.number
        if session.round.marks.found is not None or gives_up:
            return False
        marks = user.mark(query, session.round.places(0, self.shown))
        session.mark(marks.relevant, marks.irrelevant, marks.found)
        if marks.found is None:
            session.next(self.method, self.strength, shown=self.shown, again=self.again)
        return marks.found is None


def centred_embeddings(evaluation_set: EvaluationSet) -> CentredEmbeddings:
    """Return the images of an evaluation set as feedback and refinement read them."""
    ids = np.arange(len(evaluation_set.images))
    return CentredEmbeddings(EmbeddingMatrix(ids, evaluation_set.images))


def _search_context(
    evaluation_set: EvaluationSet, query: int, scores: ScoreRows, images: CentredEmbeddings
) -> SearchContext:
    return SearchContext(
        images=images,
        paths=lambda ids: dict.fromkeys(ids, Path()),
        query=text(evaluation_set.query_text(query)),
        strategy=DEFAULT,
        vector=evaluation_set.queries[query],
        query_scores=scores,
        encoder=evaluation_set.encoder.name,
        fingerprint=evaluation_set.encoder.fingerprint,
        revision=0,
    )


class _FeedbackMethod:
    """``Interactive`` with one method; its parameters are listed after the user's."""

    def __init__(self, method: str) -> None:
        self._method = method

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """All parameters, the user's before the method's."""
        users = defaults_of(Interactive)
        del users["method"]
        return users | self._own

    def __call__(self, **parameters: Any) -> Interactive:
        own: dict[str, Parameter] = {
            key: parameters.pop(key) for key in self._own.keys() & parameters
        }
        return Interactive(method=str(Call(self._method, own)), **parameters)

    @cached_property
    def _own(self) -> dict[str, Any]:
        method = defaults_of(FEEDBACKS.load(self._method))
        return {key: default for key, default in method.items() if key != "strength"}


auto = _FeedbackMethod("auto")
rocchio = _FeedbackMethod("rocchio")
mixture = _FeedbackMethod("mixture")
bayes = _FeedbackMethod("bayes")
classifier = _FeedbackMethod("classifier")
softmax = _FeedbackMethod("softmax")
next_page = _FeedbackMethod("none")


@dataclass(frozen=True, slots=True)
class Pseudo:
    """``pseudo``: the best P images are positive, the worst P negative; Rocchio moves the query.

    Each round starts from the query of the round before.

    Args:
        p: P, how many are assumed relevant, and as many irrelevant.
        b: the breaking rank: a query is not refined if its relevant image already has rank b
            or better. That requires an oracle; 0 refines every query without one.
        rounds: number of rounds after the first search.
        alpha: weight of the query.
        beta: weight of the positive images.
        gamma: weight of the negative images.
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

    def start(self, evaluation_set: EvaluationSet) -> StartedStrategy:
        """Start with one search, then ``rounds`` refined ones.

        Raises:
            InputError: ``over`` cannot be searched with, or there are too few images for ``p``.
        """
        base = StrategyCall(self.over).make()
        if not isinstance(base, SearchStrategy):
            raise InputError(f"Feedback cannot go over the strategy {self.over!r}.")
        searcher = base.searcher(evaluation_set)
        return StartedStrategy(
            lambda block: self._rounds(evaluation_set, searcher, block), searcher
        )

    def _rounds(
        self, evaluation_set: EvaluationSet, searcher: Searcher, block: Indices
    ) -> Iterator[ScoreRows]:
        rocchio = Rocchio(self.alpha, self.beta, self.gamma)
        images, relevant = evaluation_set.images, evaluation_set.relevant.of(block)
        queries = evaluation_set.queries[block]
        scores = searcher.scores(queries)
        yield scores
        for _ in range(self.rounds):
            refined = ranks_in(scores, relevant).first > self.b
            best, worst = extremes(scores[refined], self.p)
            moved = rocchio.move(queries[refined], images[best], images[worst])
            queries, scores = queries.copy(), scores.copy()
            queries[refined], scores[refined] = moved, searcher.scores(moved)
            yield scores
