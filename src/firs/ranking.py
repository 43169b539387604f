"""Ranking: image ids in order, each with its score, its file and where the score came from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError

if TYPE_CHECKING:
    from firs.explanation import Explanation

Explain: TypeAlias = "Callable[[int, str, str], Explanation]"
"""Function from an image's id, a text and a method (both may be empty) to an explanation."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One place in a ranking: ``rank`` counts from 1, ``id`` is the image's in its collection."""

    rank: int
    id: int
    score: float
    path: Path


@dataclass(frozen=True, slots=True)
class Part:
    """One of the rankings that a fused ranking was made of, and how much it counted."""

    ranking: "Ranking"
    weight: float


@dataclass(frozen=True, slots=True)
class Vote:
    """The result of one list for an image: its rank there, from 1, its score, the list's weight.

    If the list was itself fused from others, ``votes`` are theirs.
    """

    source: str
    rank: int
    score: float
    weight: float
    votes: "tuple[Vote, ...]" = ()


@dataclass(frozen=True, slots=True)
class Confidence:
    """The calibrated meaning of the scores of a search.

    Args:
        probabilities: id of each image found → probability that it is the image searched for, given
            that the collection contains it.
        is_weak: True if nothing matches well; None if this cannot be judged.
    """

    probabilities: Mapping[int, float]
    is_weak: bool | None = None


class Ranking(Sequence[Hit]):
    """Images in descending order of score.

    Args:
        ids: int64 ``(n,)``, the images' ids, best first, without duplicates.
        scores: float32 ``(n,)``, in descending order.
        paths: the image paths, in the same order.
        source: the source of the scores, such as ``"mini: text"``.
        parts: the rankings that this one was fused from, if any.
        duplicates: image id → the near-duplicates that its result represents; empty without
            deduplication.
        confidence: the calibrated confidence; None unless the query was one text in a calibrated
            collection.
        warnings: what the encoder could not read of the query, in sentences.

    Raises:
        InputError: the three differ in length, an id occurs twice, or the scores are not in
            descending order.

    >>> ranking = Ranking([7, 3], [0.9, 0.2], [Path("a.jpg"), Path("b.jpg")], source="mini: text")
    >>> ranking[0].id, ranking[0].rank, ranking.ids.tolist()
    (7, 1, [7, 3])
    """

    def __init__(
        self,
        ids: Sequence[int] | NDArray[np.int64],
        scores: Sequence[float] | NDArray[np.float32],
        paths: Sequence[Path],
        source: str,
        parts: Sequence[Part] = (),
        duplicates: Mapping[int, tuple[Hit, ...]] | None = None,
        confidence: Confidence | None = None,
        warnings: Sequence[str] = (),
    ) -> None:
        self.ids = np.asarray(ids, dtype=np.int64)
        self.scores = np.asarray(scores, dtype=np.float32)
        self.paths = tuple(paths)
        self.source = source
        self.parts = tuple(parts)
        found = set(self.ids.tolist()) if duplicates else set()
        self.duplicates = {id_: hits for id_, hits in (duplicates or {}).items() if id_ in found}
        self.confidence = confidence
        self.warnings = tuple(warnings)
        self._explain: Explain | None = None
        self._check()

    def _check(self) -> None:
        if not len(self.ids) == len(self.scores) == len(self.paths):
            raise InputError(
                f"A ranking needs as many ids as scores and paths, "
                f"not {len(self.ids)}, {len(self.scores)} and {len(self.paths)}."
            )
        if len(set(self.ids.tolist())) != len(self.ids):
            raise InputError("A ranking contains each image once; an id occurs in it twice.")
        if np.any(np.diff(self.scores) > 0):
            raise InputError("The scores of a ranking must fall from first to last; sort them.")

    def votes(self, image_id: int) -> tuple[Vote, ...]:
        """Explain an image's rank: return a vote of each part that contains it, in their order.

        A ranking that was not fused has no parts, and so no votes.
        """
        places = [np.flatnonzero(part.ranking.ids == image_id) for part in self.parts]
        return tuple(
            Vote(
                part.ranking.source,
                hit.rank,
                hit.score,
                part.weight,
                part.ranking.votes(image_id),
            )
            for part, place in zip(self.parts, places, strict=True)
            for hit in (part.ranking[at] for at in place.tolist())
        )

    def explain_by(self, explain: "Explain | None") -> "Ranking":
        """Set the function that explains the images of this ranking; return the ranking."""
        self._explain = explain
        return self

    def explain(self, image_id: int, text: str = "", method: str = "") -> "Explanation":
        """Explain why an image matches: a heatmap, the contribution of each word, figures of both.

        Args:
            image_id: the image's id.
            text: the text to match; by default the first text of the query.
            method: a name in ``firs.explanation.EXPLAINERS``; by default the one that suits the
                encoder.

        Raises:
            InputError: the ranking was not made by a search of a collection, there are no words, or
                the encoder does not support the method.
            ImageError: the image file does not exist or cannot be read.
        """
        if self._explain is None:
            raise InputError(
                "Only what a collection found can be explained; use Collection.explanation."
            )
        return self._explain(image_id, text, method)

    def only(
        self, places: Sequence[int], scores: Sequence[float] | NDArray[np.float32] | None = None
    ) -> "Ranking":
        """Return the images at some positions, from 0, in that order; with new scores, if given.

        Raises:
            InputError: a position is given twice, or a score rises.
        """
        at = np.asarray(places, dtype=np.int64)
        paths = [self.paths[place] for place in places]
        given = self.scores[at] if scores is None else scores
        return self._replace(self.ids[at], given, paths)

    def append(self, tail: "Ranking") -> "Ranking":
        """Return these images followed by the tail's, with scores shifted to continue the order.

        Raises:
            InputError: an image is in both.
        """
        moved = tail.scores
        if len(self) and len(tail):
            moved = tail.scores - tail.scores[0] + self.scores[-1]
        return Ranking(
            np.concatenate([self.ids, tail.ids]),
            np.concatenate([self.scores, moved]),
            self.paths + tail.paths,
            self.source,
            self.parts,
            self.duplicates | tail.duplicates,
            self.confidence,
        )

    def _replace(
        self,
        ids: NDArray[np.int64],
        scores: Sequence[float] | NDArray[np.float32],
        paths: Sequence[Path],
    ) -> "Ranking":
        """Return a ranking of other images with the source, parts and confidence of this one."""
        changed = Ranking(
            ids, scores, paths, self.source, self.parts, self.duplicates, self.confidence
        )
        return changed.explain_by(self._explain)

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, at: int) -> Hit: ...
    @overload
    def __getitem__(self, at: slice) -> "Ranking": ...
    def __getitem__(self, at: int | slice) -> "Hit | Ranking":
        if isinstance(at, slice):
            return self._replace(self.ids[at], self.scores[at], self.paths[at])
        place = range(len(self))[at]
        return Hit(
            rank=place + 1,
            id=int(self.ids[place]),
            score=float(self.scores[place]),
            path=self.paths[place],
        )

    def __iter__(self) -> Iterator[Hit]:
        return (self[place] for place in range(len(self)))

    def __repr__(self) -> str:
        best = f", best {self[0].path.name} {self[0].score:.3f}" if len(self) else ""
        return f"<Ranking of {len(self)} by {self.source}{best}>"
