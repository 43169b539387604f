import numpy as np

from firs.index.selection import places_of

IDS = np.array([2, 4, 8, 16])


def test_the_places_of_what_is_held_ascending() -> None:
    assert places_of(np.array([16, 2, 16, 5, 99, -1]), IDS).tolist() == [0, 3]


def test_of_nothing() -> None:
    nothing = np.empty(0, dtype=np.int64)
    assert places_of(nothing, IDS).tolist() == []
    assert places_of(IDS, nothing).tolist() == []
