import pytest

from firs.errors import InputError
from firs.fusion.positional import ReciprocalRank
from tests.fusion.lists import ballots


def test_one_over_k_plus_rank_and_nothing_for_the_missing() -> None:
    points = ReciprocalRank().points(ballots([1, 2], [2], weights=[1, 3]))
    assert points.tolist() == pytest.approx([1 / 61, 1 / 62 + 3 / 61])


def test_a_small_k_counts_first_places_more() -> None:
    votes = ballots([1, 2, 3, 4], [5, 2, 3, 4])
    sharp, flat = ReciprocalRank(k=0).points(votes), ReciprocalRank(k=60).points(votes)
    assert sharp[0] > sharp[2]
    assert flat[0] < flat[2]


@pytest.mark.parametrize("k", [-1, float("nan"), float("inf")])
def test_a_k_that_cannot_be_meant(k: float) -> None:
    with pytest.raises(InputError, match="k of 0 or more"):
        ReciprocalRank(k)
