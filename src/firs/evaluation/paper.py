"""The suite ``paper``: the paper's tables 1 to 5 on the available data, with the paper's figures.

Definitions are kept as the paper has them: pseudo feedback takes the best P as positive and the
worst P as negative, and a query whose image already is at the breaking rank b or better is
not refined.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from firs.errors import InputError
from firs.evaluation.experiment import Data, Experiment, Queries
from firs.evaluation.ranks import Progress
from firs.evaluation.results import Results, Row
from firs.evaluation.runner import open_evaluation_set, run_on
from firs.evaluation.sampling import PAPER
from firs.evaluation.strategies import StrategyCall
from firs.evaluation.tables import ABSENT, Table, data_summary, figure, heading, time_and_size

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

    ``without_entries`` gives the reason if there is no other.
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
        progress: called with the progress.

    Raises:
        FirsError: the data or the encoder cannot be used.
    """
    return [_measure(source, count, seed, progress) for source in sources]


def _measure(source: Source, count: int, seed: int, progress: Progress) -> SuiteResult:
    queries = Queries(count=count)
    if not count and source.data.name == "blend":
        queries = Queries(per_source=PAPER)
    plan = Experiment(
        name="paper: tables 1 to 4",
        data=source.data,
        strategies=(NONE, PSEUDO, *GRID, *REFINEMENTS.values(), *BITS),
        encoder=source.encoder,
        queries=queries,
        seed=seed,
    )
    with open_evaluation_set(plan, progress) as evaluation_set:
        fitting = tuple(call for call in plan.strategies if _fits(call, len(evaluation_set.images)))
        main = run_on(evaluation_set, replace(plan, strategies=fitting), depth=0, progress=progress)
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
        queries=replace(plan.queries, indexed_captions=JOINING),
    )
    with open_evaluation_set(joined, progress) as evaluation_set:
        return run_on(evaluation_set, joined, depth=0, progress=progress).results


def _fits(call: StrategyCall, images: int) -> bool:
    """Whether there are images enough for the best P and the worst P."""
    return 2 * int(call.parameters.get("p", 1)) <= images


def row_called(results: Results, call: StrategyCall) -> Row | None:
    """The row of a strategy, if it was measured."""
    return next((row for row in results.rows if row.strategy == str(call)), None)


NOT_AT_HAND = "not at hand"
PREFIX = "paper"


@dataclass(frozen=True, slots=True)
class PaperTable:
    """One table of the paper: its subject, its description, and its known figures."""

    number: int
    title: str
    told: str
    rows: Mapping[str, Mapping[str, float | str]]

    def lines(self, measures: Sequence[str]) -> list[tuple[str, ...]]:
        """Rows to append to ours: a name, then one cell per measure.

        >>> paper_table(4).lines(["R@1", "R@5"])[0]
        ('paper: floats', '40.4', 'not at hand')
        """
        if not self.rows:
            return [(PREFIX, *[NOT_AT_HAND] * len(measures))]
        return [
            (f"{PREFIX}: {name}", *(str(cells.get(each, NOT_AT_HAND)) for each in measures))
            for name, cells in self.rows.items()
        ]


def paper_table(number: int) -> PaperTable:
    """One of the tables 1 to 5."""
    return PaperTable(number, **_file()[str(number)])


@cache
def _file() -> dict[str, Any]:
    text = (files("firs.evaluation") / "paper.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


MEASURES = ("R@1", "R@5", "R@10", "median_rank", "mean_rank")
COLUMNS = ("", *map(heading, MEASURES))
FULL_SIZE = sum(PAPER.values())

Line = tuple[str, ...]


def paper_tables(measured: Sequence[SuiteResult]) -> list[Table]:
    """All five tables: the first over all sources, the others for each source."""
    tables = [_first(measured)]
    for each in measured:
        tables += [_second(each.main), _third(each.main), _fourth(each.main), _fifth(each)]
    return tables


def _first(measured: Sequence[SuiteResult]) -> Table:
    lines = []
    for each in measured:
        row = row_called(each.main, PSEUDO)
        name = f"{each.main.encoder['name']} on {each.main.data['name']}"
        lines += _rounds(name, row)
    return _table(1, [each.main for each in measured], lines)


def _second(results: Results) -> Table:
    lines = _rounds("", row_called(results, NONE), label="no feedback")
    for call in GRID:
        row = row_called(results, call)
        name = f"P={call.parameters['p']}, b={call.parameters['b']}"
        lines += _rounds(name, row)[1:] if row else [_absent(f"{name} (too few images)")]
    return _table(2, [results], lines)


def _third(results: Results) -> Table:
    lines = _rounds("", row_called(results, NONE), label="baseline")
    for name, call in REFINEMENTS.items():
        lines += _rounds(name, row_called(results, call))[1:]
    note = "No language model is asked: people's captions take the place of what one would say."
    return _table(3, [results], lines, (note,))


def _fourth(results: Results) -> Table:
    names = ("bits by mean", "bits by median")
    rows = [("floats", NONE, PSEUDO), *zip(names, BITS[::2], BITS[1::2], strict=True)]
    lines = []
    for name, search, feedback in rows:
        found = row_called(results, search)
        sizes = time_and_size(found) if found else (ABSENT, ABSENT)
        lines += [(*line, *sizes) for line in _rounds(name, row_called(results, feedback))]
    notes = ("Milliseconds are of one search through the index, without the step of feedback.",)
    return _table(4, [results], lines, notes, more=("ms a query", "bytes a vector"))


def _fifth(each: SuiteResult) -> Table:
    results = each.entries
    if results is None:
        note = f"Not measured: {each.without_entries}"
        return _table(5, [each.main], [_absent("captions as entries")], (note,))
    lines = _rounds("images alone", row_called(results, PSEUDO))
    lines += _rounds("captions as entries", row_called(results, ENTRIES[1]))
    return _table(5, [results], lines, _expansion_names(results))


def _expansion_names(results: Results) -> tuple[str, ...]:
    joined, images = results.data["joined"], results.data["images"]
    told = f"{joined:,} captions joined {images:,} images; mixed naively, on one scale."
    some = results.data["images_with_captions"]
    if some == images:
        return (told,)
    return told, (
        f"Only {some:,} of the images have captions, and only they are asked for: that flatters "
        f"captions as entries."
    )


def _rounds(name: str, row: Row | None, label: str = "") -> list[Line]:
    """One line per round; ``label`` names only the first if later rounds are not needed."""
    if row is None:
        return [_absent(label or name)]
    figures = [tuple(figure(each, told[each]) for each in MEASURES) for told in row.rounds]
    if label:
        return [(label, *figures[0])]
    return [(f"{name}, round {number}", *cells) for number, cells in enumerate(figures)]


def _absent(name: str) -> Line:
    return (name, *[ABSENT] * len(MEASURES))


def _table(
    number: int,
    results: Sequence[Results],
    lines: Sequence[Line],
    notes: Sequence[str] = (),
    more: tuple[str, ...] = (),
) -> Table:
    paper = paper_table(number)
    theirs = [(*line, *[ABSENT] * len(more)) for line in paper.lines(MEASURES)]
    about = "; ".join(data_summary(each) for each in results)
    return Table(
        title=f"Table {number}. {paper.title}",
        columns=(*COLUMNS, *more),
        rows=[*lines, *theirs],
        notes=(f"Ours: {about}.", *notes, f"The paper: {paper.told}.", _difference(results)),
    )


def _difference(results: Sequence[Results]) -> str:
    """What a reader must know before comparing ours with theirs."""
    same_data = all(
        each.data["images"] == 36_014 and each.data["queries"] == FULL_SIZE for each in results
    )
    if same_data and not any(each.data["generated"] for each in results):
        return (
            "The images are the paper's; which of their captions it asked, and with which "
            "weights, is not at hand, so ours are drawn with a seed."
        )
    return (
        f"Encoder and data differ from the paper's ({FULL_SIZE:,} queries over 36,014 images of "
        f"Flickr30k and MSCOCO): compare directions, not figures."
    )
