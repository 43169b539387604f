import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.measures import Indices, Measure, Ranks, Values, measure
from firs.evaluation.runner import build_row
from firs.evaluation.significance import (
    Tally,
    auroc,
    calibration_error,
    compare_to_baseline,
    holm,
    intervals,
    p_value_paired,
    tally,
)

MEAN, MEDIAN = measure("mean_rank"), measure("median_rank")


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def interval(
    measure: Measure, values: Values, groups: Indices, *, seed: int
) -> tuple[float, float]:
    return intervals({measure: values}, groups, seed=seed)[measure.name]


def test_an_interval_of_a_mean_is_near_the_normal_one() -> None:
    values = rng().normal(10, 2, size=400)
    low, high = interval(MEAN, values, np.arange(400), seed=0)
    half = 1.96 * values.std() / 20
    assert low == pytest.approx(values.mean() - half, abs=0.05)
    assert high == pytest.approx(values.mean() + half, abs=0.05)


def test_an_interval_of_a_median_contains_the_median() -> None:
    values = rng().permutation(np.arange(1.0, 102))
    low, high = interval(MEDIAN, values, np.arange(101), seed=0)
    assert low < 51 < high
    assert 10 < high - low < 35


def test_a_median_of_an_even_number_is_the_mean_of_the_middle_two() -> None:
    drawn = interval(MEDIAN, np.array([1.0, 3.0]), np.zeros(2, dtype=int), seed=0)
    assert drawn == (2, 2)


def test_captions_of_one_image_widen_the_interval() -> None:
    values = np.repeat(rng().normal(0, 1, size=50), 5)
    alone = interval(MEAN, values, np.arange(250), seed=0)
    together = interval(MEAN, values, np.repeat(np.arange(50), 5), seed=0)
    assert together[1] - together[0] > 1.8 * (alone[1] - alone[0])


def test_the_same_seed_gives_the_same_interval() -> None:
    values = rng().random(30)
    assert interval(MEAN, values, np.arange(30), seed=7) == interval(
        MEAN, values, np.arange(30), seed=7
    )


def test_no_difference_is_no_evidence() -> None:
    values = rng().random(40)
    assert p_value_paired(values, values, np.arange(40), seed=0) == 1


def test_few_differences_are_tried_in_all_ways() -> None:
    ones, zeros = np.ones(5), np.zeros(5)
    assert p_value_paired(ones, zeros, np.arange(5), seed=0) == 2 / 32


def test_random_flips_agree_with_the_sign_test() -> None:
    first, second = np.repeat([1.0, 0.0], [30, 10]), np.repeat([0.0, 1.0], [30, 10])
    exact = 0.00222  # 2 · P(30 or more heads of 40)
    assert p_value_paired(first, second, np.arange(40), seed=0) == pytest.approx(exact, abs=0.0015)


def test_captions_of_one_image_are_one_group() -> None:
    ones, zeros = np.ones(20), np.zeros(20)
    groups = np.repeat(np.arange(4), 5)
    assert p_value_paired(ones, zeros, np.arange(20), seed=0) < 0.001
    assert p_value_paired(ones, zeros, groups, seed=0) == 2 / 16


def test_chance_gives_small_p_values_seldom() -> None:
    pairs = rng().normal(size=(100, 2, 40))
    found = [p_value_paired(one, two, np.arange(40), seed=0) for one, two in pairs]
    assert sum(p < 0.1 for p in found) < 25


def test_holm_as_worked_out_in_the_paper_s_way() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.6]) == [1, 1]
    assert holm([]) == []


def test_who_won_where() -> None:
    assert tally(np.array([1.0, 5, 2]), np.array([2.0, 5, 1])) == Tally(won=1, lost=1, tied=1)


def test_values_that_do_not_fit_are_rejected() -> None:
    with pytest.raises(InputError, match="the same queries"):
        p_value_paired(np.ones(2), np.ones(3), np.arange(2), seed=0)
    with pytest.raises(InputError, match="a value and a group"):
        interval(MEAN, np.ones(2), np.arange(3), seed=0)
    with pytest.raises(InputError, match="no queries"):
        interval(MEAN, np.ones(0), np.arange(0), seed=0)


def test_those_that_fall_by_more_than_5_places_are_harmed() -> None:
    counted = tally(np.array([1.0, 7, 8, 3]), np.array([1.0, 2, 2, 9]))
    assert (counted.won, counted.lost, counted.tied, counted.harmed) == (1, 2, 1, 1)


def test_scipy_gives_the_same_p_value_where_all_signs_are_tried() -> None:
    stats = pytest.importorskip("scipy.stats")
    first, second = rng().integers(1, 9, (2, 11)).astype(float)
    expected = stats.permutation_test(
        (first - second,), np.sum, permutation_type="samples", n_resamples=np.inf
    )
    p = p_value_paired(first, second, np.arange(11), seed=0)
    assert p == pytest.approx(expected.pvalue)


def test_scipy_gives_nearly_the_same_p_value_where_signs_are_drawn() -> None:
    stats = pytest.importorskip("scipy.stats")
    first, second = rng().integers(1, 30, (2, 60)).astype(float)
    expected = stats.permutation_test(
        (first - second,), np.sum, permutation_type="samples", n_resamples=9_999, rng=0
    )
    p = p_value_paired(first, second, np.arange(60), seed=0)
    assert p == pytest.approx(expected.pvalue, abs=0.02)


@pytest.mark.parametrize("measured", [MEAN, MEDIAN])
def test_scipy_gives_nearly_the_same_interval(measured: Measure) -> None:
    stats = pytest.importorskip("scipy.stats")
    values = rng().normal(10, 2, size=300)
    statistic = np.median if measured.by_median else np.mean
    expected = stats.bootstrap((values,), statistic, method="percentile", rng=0)
    found = interval(measured, values, np.arange(300), seed=0)
    assert found == pytest.approx(tuple(expected.confidence_interval), abs=0.06)


def test_scipy_gives_the_same_auroc() -> None:
    stats = pytest.importorskip("scipy.stats")
    higher, lower = rng().integers(3, 20, 40).astype(float), rng().integers(0, 15, 30).astype(float)
    u = stats.mannwhitneyu(higher, lower).statistic
    assert auroc(higher, lower) == pytest.approx(u / 1200)


GROUPS = np.arange(40)


def ranks(values: list[float]) -> Ranks:
    return Ranks(np.arange(40), np.array(values, dtype=np.float64), 40, 500)


GOOD = ranks([1.0] * 30 + [50.0] * 10)
SAME = ranks([1.0] * 30 + [50.0] * 10)
BAD = ranks([2.0] * 30 + [50.0] * 10)


def test_success_counts_a_round_and_all_before_it() -> None:
    first = ranks([1.0] * 20 + [50.0] * 20)
    second = ranks([90.0] * 20 + [5.0] * 10 + [50.0] * 10)
    row = build_row("two rounds", [first, second], ("R@10",), GROUPS, seed=0)
    assert row.success_by_round == [50, 75]
    assert [figures["R@10"] for figures in row.rounds] == [50, 25]
    assert row.recall_curve[9] == 25
    assert len(row.recall_curve) == 100


def test_significant_and_zero_differences() -> None:
    last = {"good": GOOD, "same": SAME, "bad": BAD}
    rows = [build_row(name, [each], ("R@1",), GROUPS, seed=0) for name, each in last.items()]
    _, same, bad = compare_to_baseline(rows, last, GROUPS, seed=0)
    assert same.compared is not None
    assert bad.compared is not None
    assert (same.compared.won, same.compared.lost, same.compared.tied) == (0, 0, 40)
    assert (bad.compared.won, bad.compared.lost, bad.compared.tied) == (0, 30, 10)
    assert set(same.compared.p_holm.values()) == {1}
    assert bad.compared.p["R@1"] < 0.001
    assert bad.compared.p["R@10"] == 1
    assert bad.compared.p_holm["R@1"] == pytest.approx(8 * bad.compared.p["R@1"]), (
        "eight comparisons in all, this one and mean rank the most significant"
    )


def test_ties_are_reported_where_they_matter() -> None:
    tied = Ranks(GOOD.query, GOOD.rank, 40, 500, if_won=GOOD.rank - (GOOD.rank > 1))
    row = build_row("tied", [tied], ("mean_rank",), GROUPS, seed=0)
    assert row.ties_won is not None
    assert row.ties_won["mean_rank"] < row.figures["mean_rank"]
    assert build_row("clear", [GOOD], ("mean_rank",), GROUPS, seed=0).ties_won is None


def test_calibrated_probabilities_have_no_error() -> None:
    rng = np.random.default_rng(0)
    chances = rng.random(50_000)
    assert calibration_error(chances, rng.random(50_000) < chances) < 0.01


@pytest.mark.parametrize(
    ("chance", "share", "error"), [(0.9, 0.5, 0.4), (0.1, 1.0, 0.9), (1, 1, 0)]
)
def test_wrong_probabilities_have_their_error(chance: float, share: float, error: float) -> None:
    came = np.arange(100) < 100 * share
    assert calibration_error(np.full(100, float(chance)), came) == pytest.approx(error)


def test_bins_are_weighted_by_size() -> None:
    chances = np.array([0.05] * 90 + [0.95] * 10)
    assert calibration_error(chances, np.zeros(100, bool)) == pytest.approx(0.9 * 0.05 + 0.1 * 0.95)


def test_auroc_counts_ties_as_half() -> None:
    low, high = np.arange(5.0), np.arange(5.0) + 10
    assert auroc(high, low) == 1
    assert auroc(low, high) == 0
    assert auroc(low, low) == 0.5
    assert auroc(np.array([1.0, 3.0]), np.array([2.0, 2.0, 0.0])) == pytest.approx(4 / 6)
    assert auroc(np.ones(3), np.ones(4)) == 0.5
