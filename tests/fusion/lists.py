"""Rankings to fuse, made of little."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from firs.fusion import Ballots
from firs.ranking import Ranking


def ranked(ids: Iterable[int], scores: ArrayLike | None = None, source: str = "") -> Ranking:
    """These ids in this order; their scores fall evenly from 1 unless they are given."""
    listed = list(ids)
    falling = np.linspace(1, 0, len(listed) + 1)[:-1] if scores is None else scores
    return Ranking(
        listed, np.asarray(falling, np.float32), [Path(f"{each}.jpg") for each in listed], source
    )


def random_lists(
    seed: int, count: int = 5, length: int = 40, of: int | None = None
) -> list[Ranking]:
    """Lists of ``length`` out of ``of`` ids, in random order, with random falling scores."""
    rng = np.random.default_rng(seed)
    return [
        ranked(rng.permutation(of or length)[:length], -np.sort(-rng.random(length)), f"list {at}")
        for at in range(count)
    ]


def ballots(*lists: Sequence[int], weights: Sequence[float] | None = None) -> Ballots:
    """The table of lists of ids."""
    return Ballots.of([ranked(ids) for ids in lists], weights)
