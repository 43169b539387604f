"""The suite ``paper``: the paper's tables 1 to 5 on whatever data is at hand, ours beside theirs.

Definitions are kept as the paper has them: pseudo feedback takes the best P as positive and the
worst P as negative, and a query whose image already stands at the breaking rank b or better is
not refined.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from firs.errors import InputError
from firs.evaluation.experiment import Data, Experiment, Queries
from firs.evaluation.ranks import Progress
from firs.evaluation.results import Results, Row
from firs.evaluation.runner import open_bench, run_on
from firs.evaluation.sampling import PAPER
from firs.evaluation.strategies import StrategyCall

PS = (3, 5, 10, 15)
BREAKING_RANKS = (1, 5, 10, 15)
ROUNDS = 2
JOINING = 2
REFINEMENTS = {
    "refined as the paper did": StrategyCall("refine", {"captioner": "human", "way": "replaced"}),
    "refined, ours": StrategyCall("refine"),
}

NONE = StrategyCall("none")
PSEUDO = StrategyCall("pseudo")
GRID = tuple(
    StrategyCall("pseudo", {"p": p, "b": b, "rounds": ROUNDS}) for p in PS for b in BREAKING_RANKS
)
BITS = tuple(
    call
    for name in ("bits-mean", "bits-median")
    for call in (StrategyCall(name), StrategyCall("pseudo", {"over": name}))
)
ENTRIES = (StrategyCall("entries"), StrategyCall("pseudo", {"over": "entries"}))


@dataclass(frozen=True, slots=True)
class Source:
    """A data set and an encoder; for vectors made elsewhere the encoder is only a name."""

    data: Data
    encoder: str = ""


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """What one source gave: tables 1 to 4 from one experiment, table 5 from another.

    ``without_entries`` says why there is no other, where there is none.
    """

    main: Results
    entries: Results | None
    without_entries: str = ""

    @property
    def experiments(self) -> list[Results]:
        """What was measured."""
        return [self.main] if self.entries is None else [self.main, self.entries]


def run_paper(
    sources: Sequence[Source], *, count: int = 0, seed: int = 0, progress: Progress
) -> list[SuiteResult]:
    """Measure all that the five tables need, on each source.

    Args:
        sources: at least one.
        count: how many queries are drawn; 0 takes all, and of the blend the paper's 5,605.
        seed: of the draw.
        progress: told what is going on.

    Raises:
        FirsError: the data or the encoder cannot be used.
    """
    return [_measure(source, count, seed, progress) for source in sources]


def _measure(source: Source, count: int, seed: int, progress: Progress) -> SuiteResult:
    queries = Queries(count=count)
    if not count and source.data.name == "blend":
        queries = Queries(of_source=PAPER)
    plan = Experiment(
        name="paper: tables 1 to 4",
        data=source.data,
        strategies=(NONE, PSEUDO, *GRID, *REFINEMENTS.values(), *BITS),
        encoder=source.encoder,
        queries=queries,
        seed=seed,
    )
    with open_bench(plan, progress) as bench:
        fitting = tuple(call for call in plan.strategies if _fits(call, len(bench.images)))
        main = run_on(bench, replace(plan, strategies=fitting), depth=0, progress=progress)
    try:
        entries = _with_entries(plan, progress)
    except InputError as error:
        return SuiteResult(main.results, None, str(error))
    return SuiteResult(main.results, entries)


def _with_entries(plan: Experiment, progress: Progress) -> Results:
    joined = replace(
        plan,
        name="paper: table 5",
        strategies=(NONE, PSEUDO, *ENTRIES),
        queries=replace(plan.queries, joining=JOINING),
    )
    with open_bench(joined, progress) as bench:
        return run_on(bench, joined, depth=0, progress=progress).results


def _fits(call: StrategyCall, images: int) -> bool:
    """Whether there are images enough for the best P and the worst P."""
    return 2 * int(call.parameters.get("p", 1)) <= images


def row_called(results: Results, call: StrategyCall) -> Row | None:
    """The row of a strategy, if it was measured."""
    return next((row for row in results.rows if row.strategy == str(call)), None)
