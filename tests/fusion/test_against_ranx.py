"""The methods that ranx has too, side by side."""

from typing import Any

import pytest

from firs.fusion import Ballots, open_fusion
from firs.ranking import Ranking
from tests.fusion.lists import random_lists

pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("ignore"),  # Numba's, about ranx's types
]

PEERS: dict[str, dict[str, Any]] = {
    "combsum": {"norm": "min-max", "method": "sum"},
    "combsum-z-score": {"norm": "zmuv", "method": "sum"},
    "combsum-rank": {"norm": "rank", "method": "sum"},
    "combmnz": {"norm": "min-max", "method": "mnz"},
    "combmnz-rank": {"norm": "rank", "method": "mnz"},
    "combmax": {"norm": "min-max", "method": "max"},
    "combmax-z-score": {"norm": "zmuv", "method": "max"},
    "combmax-rank": {"norm": "rank", "method": "max"},
    "rrf": {"norm": None, "method": "rrf", "params": {"k": 60}},
    "borda": {"norm": None, "method": "bordafuse"},
    "linear": {"norm": None, "method": "sum"},
}
PARTIAL = ["combsum", "combsum-rank", "combmnz", "combmnz-rank", "rrf", "borda"]
"""Where ranx, too, gives a missing item the floor of its list."""


def by_ranx(lists: list[Ranking], how: dict[str, Any]) -> dict[int, float]:
    import ranx

    runs = [
        ranx.Run({"q": {str(hit.id): hit.score for hit in each}}, name=str(at))
        for at, each in enumerate(lists)
    ]
    fused = ranx.fuse(runs=runs, **how)
    return {int(id_): float(score) for id_, score in fused["q"].items()}


def by_firs(lists: list[Ranking], name: str) -> dict[int, float]:
    ballots = Ballots.of(lists)
    return dict(zip(ballots.ids.tolist(), open_fusion(name).points(ballots).tolist(), strict=True))


@pytest.mark.parametrize("name", PEERS)
def test_the_same_points_where_every_list_holds_every_item(name: str) -> None:
    lists = random_lists(0, count=4, length=30)
    assert by_firs(lists, name) == pytest.approx(by_ranx(lists, PEERS[name]), abs=1e-5)


@pytest.mark.parametrize("name", PARTIAL)
def test_the_same_points_where_lists_hold_some(name: str) -> None:
    lists = random_lists(1, count=4, length=30, of=60)
    assert by_firs(lists, name) == pytest.approx(by_ranx(lists, PEERS[name]), abs=1e-5)


def test_whoever_wins_every_duel_comes_first() -> None:
    agreed = random_lists(2, count=3, length=30)
    lists = [*agreed, agreed[0], agreed[0]]
    theirs = by_ranx(lists, {"norm": None, "method": "condorcet"})
    ours = by_firs(lists, "condorcet")
    assert sorted(theirs, key=theirs.__getitem__) == sorted(ours, key=ours.__getitem__)
