import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.measures import STANDARD, Ranks, measure, recall_curve, summarise

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
def test_an_unknown_measure_names_those_there_are(wrong: str) -> None:
    with pytest.raises(InputError, match=r"R@K, P@K, nDCG@K, median_rank, mean_rank, MRR"):
        measure(wrong)
