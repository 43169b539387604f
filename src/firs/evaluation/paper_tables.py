"""The paper's five tables, printed from what the suite measured."""

from collections.abc import Sequence

from firs.evaluation.paper import paper_table
from firs.evaluation.results import Results, Row
from firs.evaluation.sampling import PAPER
from firs.evaluation.suite import (
    BITS,
    ENTRIES,
    GRID,
    NONE,
    PSEUDO,
    REFINEMENTS,
    SuiteResult,
    row_called,
)
from firs.evaluation.tables import ABSENT, Table, data_summary, figure, heading, time_and_size

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
    """A line a round; ``label`` names the first alone, where later rounds are not wanted."""
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
