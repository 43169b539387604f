"""Why an image rose or fell: the marks that it is most like, and the words that were added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from firs.feedback import CentredEmbeddings
from firs.feedback.base import Places, Scores
from firs.session.marks import CurrentMark, Kind

MOST = 3
LEAST = 0.5
"""Spreads of likeness; what is less like a mark was not moved by it."""


@dataclass(frozen=True, slots=True, eq=False)
class Push:
    """The scores of added words for all images.

    Args:
        text: the words.
        reads: the query as it reads with them.
        scores: float32 ``(n,)``, what they add to each image's score.
    """

    text: str
    reads: str
    scores: Scores


@dataclass(frozen=True, slots=True)
class MarkInfluence:
    """A mark that moved an image.

    Args:
        id: the image that was marked.
        mark: as what.
        weight: how like it the moved image is, in spreads; negative where it pushed it down.
    """

    id: int
    mark: Kind
    weight: float


@dataclass(frozen=True, slots=True)
class TermInfluence:
    """Added words that moved an image.

    Args:
        text: the words.
        weight: by how many spreads of scores they pulled it up, or pushed it down.
    """

    text: str
    weight: float


def term_influences(
    pushes: Sequence[Push], places: Places, moves: Sequence[int]
) -> list[tuple[TermInfluence, ...]]:
    """Return for each image the added terms that moved it in its direction, the strongest first.

    Args:
        pushes: the added terms.
        places: int64 ``(m,)``, positions of the images to explain.
        moves: change of rank of each of the ``m`` images; positive if it rose.
    """
    told = []
    for place, move in zip(places.tolist(), moves, strict=True):
        found = [TermInfluence(each.text, float(each.scores[place])) for each in pushes]
        pulled = [each for each in found if each.weight * move > 0]
        told.append(tuple(sorted(pulled, key=lambda each: -abs(each.weight))[:MOST]))
    return told


def mark_influences(
    images: CentredEmbeddings,
    places: Places,
    marks: Mapping[int, CurrentMark],
    moves: Sequence[int],
) -> list[tuple[MarkInfluence, ...]]:
    """Return for each image the marks that moved it in its direction, the strongest first.

    Args:
        images: embeddings of all images.
        places: int64 ``(m,)``, positions of the images to explain.
        marks: position of a marked image → its mark.
        moves: change of rank of each of the ``m`` images; positive if it rose, 0 if unchanged or
            new.
    """
    ids = np.array(list(marks), dtype=np.int64)
    if not len(ids) or not len(places):
        return [() for _ in places]
    signs = np.array([-1 if mark.kind == "irrelevant" else 1 for mark in marks.values()])
    like = images.directions(places) @ images.directions(images.table.positions(ids)).T
    weights = signs * np.maximum(like / images.spread, 0)
    return [
        _strongest(ids, marks, row if move >= 0 else -row, 1 if move >= 0 else -1)
        for row, move in zip(weights, moves, strict=True)
    ]


def _strongest(
    ids: Places, marks: Mapping[int, CurrentMark], pulls: np.ndarray, sign: int
) -> tuple[MarkInfluence, ...]:
    order = np.argsort(-pulls, kind="stable")[:MOST]
    return tuple(
        MarkInfluence(int(ids[at]), marks[int(ids[at])].kind, sign * float(pulls[at]))
        for at in order
        if pulls[at] >= LEAST
    )
