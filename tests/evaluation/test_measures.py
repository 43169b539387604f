import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.measures import (
    STANDARD,
    Ranks,
    Relevant,
    blocks,
    measure,
    ranks_in,
    recall_curve,
    summarise,
)


def ranks_of(scores: list[list[float]], *relevant: list[int]) -> list[float]:
    rows = np.array(scores, dtype=np.float32)
    return [float(rank) for rank in ranks_in(rows, Relevant.lists(relevant)).rank]


def test_ranks_count_from_one() -> None:
    assert ranks_of([[0.9, 0.5, 0.1], [0.1, 0.5, 0.9]], [0], [0]) == [1, 3]


def test_a_tied_image_gets_its_average_rank() -> None:
    assert ranks_of([[0.5, 0.5, 0.5, 0.1]], [0]) == [2]
    assert ranks_of([[0.5, 0.5, 0.1, 0.1]], [3]) == [3.5]


@pytest.mark.parametrize("place", range(4))
def test_the_order_of_tied_images_does_not_matter(place: int) -> None:
    assert ranks_of([[0.25] * 4], [place]) == [2.5]


def test_a_difference_that_only_rounding_makes_is_a_tie() -> None:
    assert ranks_of([[0.3, 0.30000001, 0.2]], [0]) == ranks_of([[0.3, 0.3, 0.2]], [0]) == [1.5]


def test_images_that_were_not_returned_share_the_last_places() -> None:
    nothing = -np.inf
    assert ranks_of([[0.9, nothing, nothing, nothing]], [2]) == [3]


def test_several_relevant_images_spread_evenly_over_their_equals() -> None:
    assert ranks_of([[0.5, 0.5]], [0, 1]) == [1, 2]
    assert ranks_of([[0.5] * 5], [1, 4]) == [2, 4]
    assert ranks_of([[0.9, 0.5, 0.1, 0.7]], [2, 0]) == [1, 4]


def test_expected_ranks_are_those_of_shuffled_equals() -> None:
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 4, size=30).astype(np.float32)
    relevant = [3, 11, 19, 28]
    shuffled = []
    for _ in range(4000):
        order = np.lexsort((rng.random(30), -scores))
        shuffled.append(np.sort(np.flatnonzero(np.isin(order, relevant)) + 1))
    expected = np.mean(shuffled, axis=0)
    assert ranks_of([list(scores)], relevant) == pytest.approx(list(expected), abs=0.3)


def test_nan_scores_are_rejected() -> None:
    with pytest.raises(InputError, match="not a number"):
        ranks_of([[0.5, np.nan]], [0])


def test_a_query_without_an_answer_is_refused() -> None:
    with pytest.raises(InputError, match="Query 1 has no relevant image"):
        Relevant.lists([[0], []])


def test_relevance_of_some_queries_is_renumbered() -> None:
    some = Relevant.lists([[4], [5, 6], [7]]).of(np.array([1, 2]))
    assert (some.query.tolist(), some.image.tolist(), some.count) == ([0, 0, 1], [5, 6, 7], 2)


def test_concatenated_blocks_equal_the_whole() -> None:
    scores = np.random.default_rng(2).random((10, 20)).astype(np.float32)
    relevant = Relevant.lists([[query, query + 5] for query in range(10)])
    whole = ranks_in(scores, relevant)
    joined = Ranks.concatenate(
        [ranks_in(scores[block], relevant.of(block)) for block in blocks(10, size=3)]
    )
    assert joined.rank.tolist() == whole.rank.tolist()
    assert joined.query.tolist() == whole.query.tolist()
    assert (joined.count, joined.images) == (10, 20)


def test_first_and_nth() -> None:
    ranks = ranks_in(np.array([[3, 2, 1], [1, 2, 3]], np.float32), Relevant.lists([[2, 0], [1]]))
    assert ranks.first.tolist() == [1, 2]
    assert ranks.nth().tolist() == [1, 2, 1]


def test_ranks_with_every_tie_won() -> None:
    ranks = ranks_in(np.array([[5, 5, 5, 1]], np.float32), Relevant.lists([[0]]))
    won = ranks.ties_won()
    assert won is not None
    assert (ranks.rank.tolist(), won.rank.tolist()) == ([2], [1])


def test_without_ties_no_tie_is_won() -> None:
    assert ranks_in(np.array([[3, 2, 1]], np.float32), Relevant.lists([[1]])).ties_won() is None


ONE_EACH = Ranks(np.arange(4), np.array([1.0, 2.0, 6.0, 31.0]), 4, 40)
TWO_ONE = Ranks(np.array([0, 0, 1]), np.array([1.0, 4.0, 2.0]), 2, 10)


def test_figures_worked_out_by_hand() -> None:
    figures = summarise(ONE_EACH)
    assert list(figures) == list(STANDARD)
    assert (figures["R@1"], figures["R@5"], figures["R@10"]) == (25, 50, 75)
    assert (figures["median_rank"], figures["mean_rank"]) == (4, 10)
    assert figures["MRR"] == pytest.approx((1 + 1 / 2 + 1 / 6 + 1 / 31) / 4)


def test_with_one_relevant_image_average_precision_is_reciprocal_rank() -> None:
    figures = summarise(ONE_EACH)
    assert figures["mAP"] == pytest.approx(figures["MRR"])


def test_several_relevant_images() -> None:
    assert measure("mAP").values(TWO_ONE).tolist() == [(1 + 2 / 4) / 2, 1 / 2]
    assert measure("P@5").values(TWO_ONE).tolist() == [40, 20]
    assert measure("R@1").values(TWO_ONE).tolist() == [100, 0]
    gain = (1 + 1 / np.log2(5)) / (1 + 1 / np.log2(3))
    assert measure("nDCG").values(TWO_ONE) == pytest.approx([gain, 1 / np.log2(3)])


def test_a_cut_beyond_which_nothing_counts() -> None:
    assert measure("nDCG@3").values(TWO_ONE)[0] == pytest.approx(1 / (1 + 1 / np.log2(3)))
    assert measure("R@7").values(ONE_EACH).tolist() == [100, 100, 100, 0]


def test_an_expected_rank_between_two_places_counts_for_the_later() -> None:
    tied = Ranks(np.array([0]), np.array([1.5]), 1, 10)
    assert measure("R@1").values(tied).tolist() == [0]
    assert measure("R@2").values(tied).tolist() == [100]


def test_the_curve_agrees_with_the_measures() -> None:
    curve = recall_curve(ONE_EACH, 31)
    at_each = [summarise(ONE_EACH, (f"R@{k}",))[f"R@{k}"] for k in range(1, 32)]
    assert curve == at_each
    assert (curve[0], curve[-1]) == (25, 100)


@pytest.mark.parametrize("wrong", ["R@0", "R@", "recall", "MRR@x", "R@-1", "median"])
def test_an_unknown_measure_is_rejected_with_a_list(wrong: str) -> None:
    with pytest.raises(InputError, match=r"R@K, P@K, nDCG@K, median_rank, mean_rank, MRR"):
        measure(wrong)
