"""The protocol that every fusion keeps."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.fusion.ballots import Ballots
from firs.ranking import Part, Ranking

Points: TypeAlias = NDArray[np.float64]
"""float64, higher is better."""


@runtime_checkable
class Fusion(Protocol):
    """Several rankings into one number an item."""

    @property
    def name(self) -> str:
        """What a person types to get this fusion, such as ``rrf``."""

    def points(self, ballots: Ballots) -> Points:
        """Return the fused score of each item: float64 ``(items,)``, ordered as ``ballots.ids``.

        The scores do not depend on the order of the rankings.
        """


def fuse_by(
    fusion: Fusion, rankings: Sequence[Ranking], weights: Sequence[float] | None = None
) -> Ranking:
    """Fuse rankings by a fusion: see :func:`firs.fusion.base`."""
    ballots = Ballots.of(rankings, weights)
    paths = _paths(rankings)
    # Points that agree to float32 are equal: beyond that a difference is one of rounding.
    points = (fusion.points(ballots) if len(ballots.ids) else np.empty(0)).astype(np.float32)
    order = np.argsort(-points, kind="stable")
    ids = ballots.ids[order]
    return Ranking(
        ids,
        points[order],
        [paths[each] for each in ids.tolist()],
        source=f"{fusion.name} of {', '.join(_sources(rankings))}",
        parts=[Part(*each) for each in zip(rankings, ballots.weights.tolist(), strict=True)],
    )


def _paths(rankings: Sequence[Ranking]) -> dict[int, Path]:
    """Return the path of each image; an id with two paths is an error."""
    known: dict[int, Path] = {}
    for ranking in rankings:
        for id_, path in zip(ranking.ids.tolist(), ranking.paths, strict=True):
            other = known.setdefault(id_, path)
            if other is not path and other != path:
                raise InputError(
                    f"Image {id_} is {other} in one list and {path} in another; "
                    f"fuse rankings of one collection."
                )
    return known


def _sources(rankings: Iterable[Ranking]) -> Iterable[str]:
    return dict.fromkeys(ranking.source for ranking in rankings)
