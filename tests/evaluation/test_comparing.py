import numpy as np
import pytest

from firs.evaluation.measures import Ranks
from firs.evaluation.runner import build_row
from firs.evaluation.significance import compare_to_baseline

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


def test_a_significant_difference_and_none_at_all() -> None:
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


def test_ties_are_told_where_they_matter() -> None:
    tied = Ranks(GOOD.query, GOOD.rank, 40, 500, if_won=GOOD.rank - (GOOD.rank > 1))
    row = build_row("tied", [tied], ("mean_rank",), GROUPS, seed=0)
    assert row.ties_won is not None
    assert row.ties_won["mean_rank"] < row.figures["mean_rank"]
    assert build_row("clear", [GOOD], ("mean_rank",), GROUPS, seed=0).ties_won is None
