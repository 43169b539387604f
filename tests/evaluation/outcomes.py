"""A small experiment that several tests look at."""

from functools import cache
from pathlib import Path

from firs.evaluation.experiment import Data, Experiment
from firs.evaluation.runner import Outcome, run_on
from firs.evaluation.strategies import parse_strategies
from tests.evaluation.benches import small_bench


def silent(what: str, done: int, total: int) -> None:
    pass


@cache
def small_outcome(strategies: str = "none,pseudo(rounds=2),bits-mean") -> Outcome:
    experiment = Experiment(
        name="a small one",
        data=Data("vectors", Path("small.npz")),
        strategies=parse_strategies(strategies),
    )
    return run_on(small_bench(), experiment, depth=10, progress=silent)
