"""The outcome of a small experiment that several tests check."""

from functools import cache
from pathlib import Path

from firs.evaluation.experiment import Data, Experiment
from firs.evaluation.runner import Outcome, run_on
from firs.evaluation.strategies import parse_strategies
from tests.evaluation.evaluation_sets import small_evaluation_set


def ignore_progress(what: str, done: int, total: int) -> None:
    pass


@cache
def small_outcome(strategies: str = "none,pseudo(rounds=2),bits-mean") -> Outcome:
    experiment = Experiment(
        name="a small one",
        data=Data("vectors", Path("small.npz")),
        strategies=parse_strategies(strategies),
    )
    return run_on(small_evaluation_set(), experiment, depth=10, progress=ignore_progress)
