"""The methods that ranx has too: against its stored points, and against ranx itself.

The latter is for `make test-peers`: Numba compiles ranx at its first run, which takes a minute.
"""

from typing import Any

import pytest

from firs.fusion import Ballots, open_fusion
from firs.ranking import Ranking
from tests.fusion.lists import random_lists

METHODS: dict[str, dict[str, Any]] = {
    "combsum": {"norm": "min-max", "method": "sum"},
    "combsum(norm=z-score)": {"norm": "zmuv", "method": "sum"},
    "combsum(norm=rank)": {"norm": "rank", "method": "sum"},
    "combmnz": {"norm": "min-max", "method": "mnz"},
    "combmnz(norm=rank)": {"norm": "rank", "method": "mnz"},
    "combmax": {"norm": "min-max", "method": "max"},
    "combmax(norm=z-score)": {"norm": "zmuv", "method": "max"},
    "combmax(norm=rank)": {"norm": "rank", "method": "max"},
    "rrf": {"norm": None, "method": "rrf", "params": {"k": 60}},
    "borda": {"norm": None, "method": "bordafuse"},
    "linear": {"norm": None, "method": "sum"},
}
COMPLETE = random_lists(0, count=4, length=6)
"""Every list has every item."""

PARTIAL = random_lists(1, count=4, length=5, of=8)
"""Each list has some of the items; some methods of ranx, like ours, give the others the minimum."""

OF_COMPLETE = {
    "combsum": [1.465442, 1.839049, 3.349159, 2.910881, 1.450623, 1.439132],
    "combsum(norm=z-score)": [-1.597472, -0.423932, 3.513634, 2.227381, -1.708982, -2.01063],
    "combsum(norm=rank)": [2.166667, 2.166667, 3.166667, 3.0, 1.666667, 1.833333],
    "combmnz": [5.861767, 7.356198, 13.396635, 11.643526, 5.802494, 5.75653],
    "combmnz(norm=rank)": [8.666667, 8.666667, 12.666667, 12.0, 6.666667, 7.333333],
    "combmax": [0.665524, 1.0, 1.0, 1.0, 0.598131, 0.688841],
    "combmax(norm=z-score)": [0.534008, 1.60789, 1.424704, 1.310628, 0.317632, 0.386516],
    "combmax(norm=rank)": [0.833333, 1.0, 1.0, 1.0, 0.666667, 0.666667],
    "rrf": [0.062771, 0.062826, 0.064277, 0.064045, 0.062034, 0.062275],
    "borda": [13.0, 13.0, 19.0, 18.0, 10.0, 11.0],
    "linear": [1.97827, 2.378446, 3.145691, 2.783985, 1.864303, 1.895268],
}
"""Points by ranx 0.3.21, in the order of the ids."""

OF_PARTIAL = {
    "combsum": [1.694259, 1.607699, 0.620312, 0.842279, 1.476965, 2.594893, 0.483505, 1.529503],
    "combsum(norm=rank)": [2.0, 2.0, 0.8, 1.2, 1.4, 2.4, 0.6, 1.6],
    "combmnz": [5.082776, 4.823098, 1.860935, 2.526837, 2.953929, 7.78468, 0.483505, 3.059007],
    "combmnz(norm=rank)": [6.0, 6.0, 2.4, 3.6, 2.8, 7.2, 0.6, 3.2],
    "rrf": [0.047883, 0.047891, 0.046394, 0.046898, 0.032018, 0.048395, 0.015873, 0.032266],
    "borda": [21.0, 21.0, 15.0, 17.0, 17.0, 23.0, 12.0, 18.0],
}

CONDORCET = [3, 5, 2, 4, 0, 1]
"""The order by ranx of the lists below, which have an image that wins every duel."""


def agreeing(length: int) -> list[Ranking]:
    """Five lists, three of them the same."""
    drawn = random_lists(2, count=3, length=length)
    return [*drawn, drawn[0], drawn[0]]


def ranx_itself(test: Any) -> Any:
    """Mark a test that runs ranx, whose types Numba warns about."""
    return pytest.mark.peers(pytest.mark.filterwarnings("ignore")(test))


def points_by_ranx(lists: list[Ranking], options: dict[str, Any]) -> dict[int, float]:
    import ranx

    runs = [
        ranx.Run({"q": {str(hit.id): hit.score for hit in each}}, name=str(at))
        for at, each in enumerate(lists)
    ]
    fused = ranx.fuse(runs=runs, **options)
    return {int(id_): float(score) for id_, score in fused["q"].items()}


def points_by_firs(lists: list[Ranking], name: str) -> dict[int, float]:
    ballots = Ballots.of(lists)
    return dict(zip(ballots.ids.tolist(), open_fusion(name).points(ballots).tolist(), strict=True))


def order(points: dict[int, float]) -> list[int]:
    return sorted(points, key=points.__getitem__, reverse=True)


@pytest.mark.parametrize("name", METHODS)
def test_points_where_every_list_has_every_item(name: str) -> None:
    points = points_by_firs(COMPLETE, name)
    assert points == pytest.approx(dict(enumerate(OF_COMPLETE[name])), abs=1e-5)


@pytest.mark.parametrize("name", OF_PARTIAL)
def test_points_where_lists_have_some_items(name: str) -> None:
    points = points_by_firs(PARTIAL, name)
    assert points == pytest.approx(dict(enumerate(OF_PARTIAL[name])), abs=1e-5)


def test_the_winner_of_every_duel_comes_first() -> None:
    assert order(points_by_firs(agreeing(6), "condorcet")) == CONDORCET


@ranx_itself
@pytest.mark.parametrize("name", METHODS)
def test_ranx_gives_the_same_points_where_every_list_has_every_item(name: str) -> None:
    for lists in (COMPLETE, random_lists(0, count=4, length=30)):
        expected = points_by_ranx(lists, METHODS[name])
        assert points_by_firs(lists, name) == pytest.approx(expected, abs=1e-5)


@ranx_itself
@pytest.mark.parametrize("name", OF_PARTIAL)
def test_ranx_gives_the_same_points_where_lists_have_some_items(name: str) -> None:
    for lists in (PARTIAL, random_lists(1, count=4, length=30, of=60)):
        expected = points_by_ranx(lists, METHODS[name])
        assert points_by_firs(lists, name) == pytest.approx(expected, abs=1e-5)


@ranx_itself
@pytest.mark.parametrize("length", [6, 30])
def test_ranx_gives_the_same_winners_of_duels(length: int) -> None:
    lists = agreeing(length)
    by_ranx = points_by_ranx(lists, {"norm": None, "method": "condorcet"})
    assert order(points_by_firs(lists, "condorcet")) == order(by_ranx)
