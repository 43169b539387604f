"""The suite ``paper``: the paper's tables on the available data, row by row with its figures.

Definitions are those of the paper: pseudo feedback takes the best P as positive and the
worst P as negative, and a query is not refined if its image already has the breaking rank b or
better.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import isnan
from typing import Any

from firs.errors import InputError
from firs.evaluation.datasets import PAPER
from firs.evaluation.experiment import Data, Experiment, Queries
from firs.evaluation.measures import Progress
from firs.evaluation.results import Results, Row
from firs.evaluation.runner import open_evaluation_set, run_on
from firs.evaluation.strategies import StrategyCall
from firs.evaluation.tables import ABSENT, Table, data_summary, figure, heading, time_and_size

PS = (3, 5, 10, 15)
BREAKING_RANKS = (1, 5, 10, 15)
ROUNDS = 2
INDEXED_CAPTIONS = 2
REFINEMENTS = {
    "refined as the paper did": StrategyCall("refine", {"captioner": "human", "mode": "replaced"}),
    "refined, ours": StrategyCall("refine"),
}

NONE = StrategyCall("none")
PSEUDO = StrategyCall("pseudo")
GRID = tuple(
    StrategyCall("pseudo", {"p": p, "b": b, "rounds": ROUNDS}) for p in PS for b in BREAKING_RANKS
)
BITS = {
    title: (StrategyCall(name), StrategyCall("pseudo", {"over": name}))
    for title, name in (("bits by mean", "bits-mean"), ("bits by median", "bits-median"))
}
ENTRIES = (StrategyCall("entries"), StrategyCall("pseudo", {"over": "entries"}))

MEASURES = ("R@1", "R@5", "R@10", "median_rank", "mean_rank")
FULL_SIZE = sum(PAPER.values())

PREFIX = "paper: "
CHANGES = ("R@1", "R@5", "R@10", "mean_rank")
BASES = (
    (r"(.*), round 1", r"\1, round 0"),
    (r"P=.*", "no feedback"),
    (r"refined.*", "baseline"),
    (r"bits by \w+, round (.)", r"floats, round \1"),
    (r"captions as entries, round (.)", r"images alone, round \1"),
)
"""From the name of a row to the row it is compared with; the last that fits and exists."""

Line = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A data set and an encoder; for vectors made elsewhere the encoder is only a name."""

    data: Data
    encoder: str = ""


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """The results of one source: tables 1 to 4 from one experiment, table 5 from another.

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
    is_full_blend = not count and source.data.name == "blend"
    queries = Queries(per_source=PAPER) if is_full_blend else Queries(count=count)
    bits = [call for calls in BITS.values() for call in calls]
    plan = Experiment(
        name="paper: tables 1 to 4",
        data=source.data,
        strategies=(NONE, PSEUDO, *GRID, *REFINEMENTS.values(), *bits),
        encoder=source.encoder,
        queries=queries,
        seed=seed,
    )
    with open_evaluation_set(plan, progress) as evaluation_set:
        half = len(evaluation_set.images) // 2  # the best P and the worst P do not overlap
        possible = tuple(
            each for each in plan.strategies if int(each.parameters.get("p", 1)) <= half
        )
        main = run_on(
            evaluation_set, replace(plan, strategies=possible), depth=0, progress=progress
        )
    plan = replace(
        plan,
        name="paper: table 5",
        strategies=(NONE, PSEUDO, *ENTRIES),
        queries=replace(queries, indexed_captions=INDEXED_CAPTIONS),
    )
    try:
        with open_evaluation_set(plan, progress) as evaluation_set:
            entries = run_on(evaluation_set, plan, depth=0, progress=progress).results
    except InputError as error:
        return SuiteResult(main.results, None, str(error))
    return SuiteResult(main.results, entries)


def find_row(results: Results, call: StrategyCall) -> Row | None:
    """Return the row of a strategy, if it was measured."""
    return next((row for row in results.rows if row.strategy == str(call)), None)


@dataclass(frozen=True, slots=True)
class PaperTable:
    """One of the paper's tables 1 to 5.

    Args:
        number: its number.
        title: its subject.
        setup: how the paper measured.
        finding: what the paper found.
        key: the row whose change shows it.
        rows: name → R@1, R@5, R@10 in per cent, median and mean rank; nan if it is not printed.
    """

    number: int
    title: str
    setup: str
    finding: str
    key: str
    rows: Mapping[str, Sequence[float]]

    def lines(self) -> list[Line]:
        """Return a line per row: its name, and a cell per measure.

        >>> paper_table(4).lines()[0]
        ('floats, round 0', '40.36', '62.77', '70.98', '2.00', '107.10')
        """
        return [
            (name, *("" if isnan(cell) else f"{cell:.2f}" for cell in cells))
            for name, cells in self.rows.items()
        ]


def paper_table(number: int) -> PaperTable:
    """Return one of the tables 1 to 5."""
    return PaperTable(number, **_read_file()[str(number)])


def published_recalls() -> Table:
    """Return the paper's table 6: published recalls on MSCOCO by encoder and size."""
    table = _read_file()["6"]
    return Table(
        title=f"Table 6. {table['title']}",
        columns=("", *table["columns"]),
        rows=[tuple(map(str, row)) for row in table["rows"]],
        notes=(f"{table['setup']}.",),
    )


@cache
def _read_file() -> dict[str, Any]:
    text = (files("firs.evaluation") / "paper.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def paper_tables(measured: Sequence[SuiteResult]) -> list[Table]:
    """Return tables 1 to 6: the first over all sources, 2 to 5 for each source."""
    tables = [_encoders_table(measured)]
    for each in measured:
        tables += [
            _feedback_table(each.main),
            _refinement_table(each.main),
            _bits_table(each.main),
            _entries_table(each),
        ]
    return [*tables, published_recalls()]


def _encoders_table(measured: Sequence[SuiteResult]) -> Table:
    lines = []
    for each in measured:
        name = f"{each.main.encoder['name']} on {each.main.data['name']}"
        lines += _lines(name, find_row(each.main, PSEUDO))
    return _table(1, [each.main for each in measured], lines)


def _feedback_table(results: Results) -> Table:
    lines = [_first_line("no feedback", find_row(results, NONE))]
    for call in GRID:
        row = find_row(results, call)
        name = f"P={call.parameters['p']}, b={call.parameters['b']}"
        lines += _lines(name, row)[1:] if row else [_absent(f"{name} (too few images)")]
    return _table(2, [results], lines)


def _refinement_table(results: Results) -> Table:
    lines = [_first_line("baseline", find_row(results, NONE))]
    for name, call in REFINEMENTS.items():
        lines += _lines(name, find_row(results, call))[1:]
    note = "No language model is used: people's captions replace those that one would write."
    return _table(3, [results], lines, (note,))


def _bits_table(results: Results) -> Table:
    lines = []
    for name, (search, feedback) in {"floats": (NONE, PSEUDO), **BITS}.items():
        row = find_row(results, search)
        sizes = time_and_size(row) if row else (ABSENT, ABSENT)
        lines += [(*line, *sizes) for line in _lines(name, find_row(results, feedback))]
    notes = ("Milliseconds are of one search through the index, without the step of feedback.",)
    return _table(4, [results], lines, notes, more=("ms a query", "bytes a vector"))


def _entries_table(measured: SuiteResult) -> Table:
    results = measured.entries
    if results is None:
        note = f"Not measured: {measured.without_entries}"
        return _table(5, [measured.main], [_absent("captions as entries")], (note,))
    lines = _lines("images alone", find_row(results, PSEUDO))
    lines += _lines("captions as entries", find_row(results, ENTRIES[1]))
    indexed, images = results.data["joined"], results.data["images"]
    notes = [f"{indexed:,} captions joined {images:,} images; mixed naively, on one scale."]
    captioned = results.data["images_with_captions"]
    if captioned < images:
        notes.append(
            f"Only {captioned:,} of the images have captions, and only they are query targets: "
            f"that favours captions as entries."
        )
    return _table(5, [results], lines, notes)


def _lines(name: str, row: Row | None) -> list[Line]:
    """Return one line per round."""
    if row is None:
        return [_absent(name)]
    return [
        (f"{name}, round {number}", *_cells(figures)) for number, figures in enumerate(row.rounds)
    ]


def _first_line(name: str, row: Row | None) -> Line:
    return _absent(name) if row is None else (name, *_cells(row.rounds[0]))


def _cells(figures: Mapping[str, float]) -> list[str]:
    return [figure(each, figures[each]) for each in MEASURES]


def _absent(name: str) -> Line:
    return (name, *[ABSENT] * len(MEASURES))


def _table(
    number: int,
    results: Sequence[Results],
    lines: Sequence[Line],
    notes: Sequence[str] = (),
    more: tuple[str, ...] = (),
) -> Table:
    """Return our lines, each followed by the paper's of the same name, with the changes of both."""
    paper = paper_table(number)
    theirs = {line[0]: line for line in paper.lines()}
    ours = _with_changes(lines)
    changed = {line[0]: line for line in _with_changes(list(theirs.values()))}
    rows: list[Line] = []
    for line in ours:
        rows.append(line)
        if line[0] in changed:
            rows.append(_of_paper(changed.pop(line[0]), len(more)))
    rows += [_of_paper(line, len(more)) for line in changed.values()]
    data = "; ".join(data_summary(each) for each in results)
    columns = [*map(heading, MEASURES), *(f"Δ {heading(each)}" for each in CHANGES)]
    return Table(
        title=f"Table {number}. {paper.title}",
        columns=("", *columns, *more),
        rows=rows,
        notes=(
            f"Ours: {data}.",
            *notes,
            f"The paper: {paper.setup}.",
            _comparison(paper, ours),
            _difference(results),
        ),
    )


def _of_paper(line: Line, more: int) -> Line:
    return (PREFIX + line[0], *line[1:], *[""] * more)


def _with_changes(lines: Sequence[Line]) -> list[Line]:
    """Insert the changes of each line from the line that it is compared with."""
    known = {line[0]: line for line in lines}
    at = [1 + MEASURES.index(each) for each in CHANGES]
    rows = []
    for line in lines:
        base = known.get(_base_of(line[0], known))
        changes = [_change(line[each], base[each]) if base else "" for each in at]
        end = 1 + len(MEASURES)
        rows.append((*line[:end], *changes, *line[end:]))
    return rows


def _base_of(name: str, known: Mapping[str, Line]) -> str:
    found = ""
    for pattern, base in BASES:
        if match := re.fullmatch(pattern, name):
            found = match.expand(base) if match.expand(base) in known else found
    return found


def _change(after: str, before: str) -> str:
    try:
        return f"{float(after) - float(before):+.1f}"
    except ValueError:  # a row that could not be measured
        return ""


def _comparison(paper: PaperTable, ours: Sequence[Line]) -> str:
    """Return what the paper found, and for which measures the same direction shows here."""
    theirs = {line[0]: line for line in _with_changes(paper.lines())}[paper.key]
    line = next((each for each in ours if each[0] == paper.key), None)
    if paper.number == 1:
        line = next((each for each in ours if each[0].endswith("round 1")), None)
    start = 1 + len(MEASURES)
    if line is None or not line[start]:
        return f"The paper found: {paper.finding}. Not measured here."
    pairs = list(zip(CHANGES[:3], theirs[start:], line[start:], strict=False))
    here = ", ".join(f"{name} {our}" for name, _, our in pairs)
    same = [name for name, their, our in pairs if float(their) * float(our) > 0]
    verdict = "the same" if len(same) == len(pairs) else f"the same for {', '.join(same) or 'none'}"
    return f"The paper found: {paper.finding}. Here: {here}; the direction is {verdict}."


def _difference(results: Sequence[Results]) -> str:
    """Return what a reader must know before comparing our figures with the paper's."""
    is_same_data = all(
        each.data["images"] == 36_014
        and each.data["queries"] == FULL_SIZE
        and not each.data["generated"]
        for each in results
    )
    if is_same_data:
        return (
            "The images are the paper's; which of their captions were its queries, and with which "
            "weights, is not available, so ours are drawn with a seed."
        )
    return (
        f"Encoder and data differ from the paper's ({FULL_SIZE:,} queries over 36,014 images of "
        f"Flickr30k and MSCOCO): compare the changes (Δ), not the figures."
    )
