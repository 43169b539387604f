import numpy as np

from firs.index.query import SubsetSelector, places_of

IDS = np.array([2, 4, 8, 16])


def test_the_places_of_what_is_held_ascending() -> None:
    assert places_of(np.array([16, 2, 16, 5, 99, -1]), IDS).tolist() == [0, 3]


def test_of_nothing() -> None:
    nothing = np.empty(0, dtype=np.int64)
    assert places_of(nothing, IDS).tolist() == []
    assert places_of(IDS, nothing).tolist() == []


def test_what_is_hidden_is_not_among_those_to_be_found() -> None:
    entries = SubsetSelector(IDS)
    fewer = entries.without(np.array([4, 5, 16]))
    assert (len(entries), len(fewer), len(fewer.without(np.array([2, 4])))) == (4, 2, 1)
    assert entries.subset(None) == (4, None)
    assert fewer.subset(None)[0] == 2
    assert fewer.subset(np.array([2, 4, 99]))[0] == 1
