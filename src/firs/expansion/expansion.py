"""What a collection has learnt from captions and from its users, put onto the scores of texts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.expansion.captions import Captions
from firs.expansion.moves import Moves
from firs.index.base import Scores

By: TypeAlias = Literal["words", "moved"]


@dataclass(frozen=True, slots=True)
class ExpansionMatch:
    """Why an image ranks higher than by its own embedding.

    Args:
        by: ``words`` if a caption or an accepted query matches; ``moved`` if the image was moved
            towards queries for which it was accepted.
        texts: the captions or queries.
        added: the increase of its score.
    """

    by: By
    texts: tuple[str, ...]
    added: float


@dataclass(frozen=True, slots=True)
class Expansion:
    """Expansion of the scores of all images for a text.

    Args:
        mark: identifies this expansion.
        captions: text entries, if any.
        caption_text: returns the text of an entry by its number.
        moves: moved images, if any.
        move_texts: returns the queries of a move by its number.
    """

    mark: str = ""
    captions: Captions | None = None
    caption_text: Callable[[int], str] = str
    moves: Moves | None = None
    move_texts: Callable[[int], tuple[str, ...]] = lambda at: (str(at),)

    def apply(self, query: NDArray[np.float32], scores: Scores) -> "ExpandedScores":
        """What is known, put onto the scores of one text.

        Args:
            query: float32 ``(dim,)``, of the text.
            scores: float32 ``(n,)``, of all images.
        """
        by_words, moved = self._score_changes(query[np.newaxis], scores[np.newaxis])
        total = self._total(scores[np.newaxis], by_words, moved)[0]
        return ExpandedScores(self, query, total, by_words[0], moved[0])

    def of_many(self, queries: NDArray[np.float32], scores: Scores) -> Scores:
        """The scores of all images ``(q, n)`` for several texts ``(q, dim)`` with what is known."""
        return self._total(scores, *self._score_changes(queries, scores))

    def _score_changes(self, queries: NDArray[np.float32], scores: Scores) -> tuple[Scores, Scores]:
        """What captions and what moves add, each to the images that it concerns."""
        nothing = np.empty((len(queries), 0), dtype=np.float32)
        return (
            nothing if self.captions is None else self.captions.score_changes(queries, scores),
            nothing if self.moves is None else self.moves.score_changes(queries),
        )

    def _total(self, scores: Scores, by_words: Scores, moved: Scores) -> Scores:
        total = scores.copy()
        if self.captions is not None:
            total[:, self.captions.places] += by_words
        if self.moves is not None:
            total[:, self.moves.places] += moved
        return total


@dataclass(frozen=True, slots=True)
class ExpandedScores:
    """An expansion as it concerns one text.

    Args:
        expansion: which.
        query: float32 ``(dim,)``, of the text.
        scores: float32 ``(n,)``, of all images, with what is known.
        by_words: what captions added, to each of the images that have some.
        moved: what moves added, to each of the images that are moved.
    """

    expansion: Expansion
    query: NDArray[np.float32]
    scores: Scores
    by_words: Scores
    moved: Scores

    def through(self, place: int) -> tuple[ExpansionMatch, ...]:
        """Why the image at a place rose, if it did."""
        matches = [*self._by_words(place), *self._by_move(place)]
        return tuple(each for each in matches if each.added > 0)

    def _by_words(self, place: int) -> Iterator[ExpansionMatch]:
        captions = self.expansion.captions
        at = None if captions is None else _at(captions.places, place)
        if captions is not None and at is not None:
            text = self.expansion.caption_text(captions.nearest(self.query, at))
            yield ExpansionMatch("words", (text,), float(self.by_words[at]))

    def _by_move(self, place: int) -> Iterator[ExpansionMatch]:
        moves = self.expansion.moves
        at = None if moves is None else _at(moves.places, place)
        if at is not None:
            yield ExpansionMatch("moved", self.expansion.move_texts(at), float(self.moved[at]))


def _at(places: NDArray[np.int64], place: int) -> int | None:
    at = int(np.searchsorted(places, place))
    return at if at < len(places) and places[at] == place else None
