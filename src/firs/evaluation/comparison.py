"""From ranks to a row of figures, and from rows to comparisons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from firs.evaluation.measures import measure, recall_curve, rounds_to_success, summarise
from firs.evaluation.ranks import Places, Ranks
from firs.evaluation.results import Comparison, Row
from firs.evaluation.significance import holm, intervals, p_value_paired, tally

TESTED = ("R@1", "R@5", "R@10", "mean_rank")
CURVE = 100
SUCCESS = 10


def figures_of(
    strategy: str,
    rounds: Sequence[Ranks],
    measures: tuple[str, ...],
    groups: Places,
    seed: int,
) -> Row:
    """A strategy's row from the ranks of each of its rounds."""
    last = rounds[-1]
    values = {each: each.values(last) for each in map(measure, measures)}
    won = last.ties_won()
    needed = rounds_to_success(rounds, SUCCESS)
    return Row(
        strategy=strategy,
        figures=summarise(last, measures),
        intervals=intervals(values, groups, seed=seed),
        rounds=[summarise(ranks, measures) for ranks in rounds],
        recall_curve=recall_curve(last, min(CURVE, last.images)),
        success_by_round=[100 * float(np.mean(needed <= number)) for number in range(len(rounds))],
        seconds=0.0,
        ties_won=None if won is None else summarise(won, measures),
    )


@dataclass(frozen=True, slots=True)
class _Pair:
    strategy: str
    measure: str
    p: float


def compare_to_baseline(
    rows: Sequence[Row], last: Mapping[str, Ranks], groups: Places, seed: int
) -> list[Row]:
    """The rows, each but the first compared with the first.

    Args:
        rows: one a strategy.
        last: the ranks of each strategy's last round.
        groups: see ``firs.evaluation.significance``.
        seed: of the random flips.
    """
    baseline, *others = rows
    tested = (*TESTED, *(name for name in baseline.figures if name.startswith("P@")))
    pairs = [
        _Pair(
            row.strategy, name, _p_value(name, last, row.strategy, baseline.strategy, groups, seed)
        )
        for row in others
        for name in tested
    ]
    corrected = dict(zip(pairs, holm([pair.p for pair in pairs]), strict=True))
    return [
        baseline,
        *(_with(row, baseline.strategy, last, corrected, groups) for row in others),
    ]


def _p_value(
    name: str, last: Mapping[str, Ranks], one: str, other: str, groups: Places, seed: int
) -> float:
    each = measure(name)
    return p_value_paired(each.values(last[one]), each.values(last[other]), groups, seed=seed)


def _with(
    row: Row,
    baseline: str,
    last: Mapping[str, Ranks],
    corrected: Mapping[_Pair, float],
    groups: Places,
) -> Row:
    counted = tally(last[row.strategy].first, last[baseline].first)
    mine = {pair: value for pair, value in corrected.items() if pair.strategy == row.strategy}
    return replace(
        row,
        compared=Comparison(
            baseline=baseline,
            won=counted.won,
            lost=counted.lost,
            tied=counted.tied,
            p={pair.measure: pair.p for pair in mine},
            p_holm={pair.measure: value for pair, value in mine.items()},
            harmed=100 * counted.harmed / len(groups),
        ),
    )
