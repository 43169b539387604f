"""Tables: rows of text under headings, as Markdown or for any other face."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from firs.evaluation.results import Results, Row
from firs.evaluation.significance import HARM

ABSENT = "—"
SIGNIFICANCE_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Table:
    """A title, headings, rows as long as the headings, and notes below."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def markdown(self) -> str:
        """Return the table in GitHub's Markdown; numbers are aligned to the right."""
        lines = [
            f"### {self.title}",
            "",
            _line(self.columns),
            _line(["---", *["---:"] * (len(self.columns) - 1)]),
            *(_line(row) for row in self.rows),
        ]
        if self.notes:
            lines += ["", *(f"- {note}" for note in self.notes)]
        return "\n".join(lines) + "\n"


def results_table(results: Results) -> Table:
    """All rows of an experiment; an asterisk marks a significant difference from the first row."""
    one_each = results.data["relevant"] == results.data["queries"]
    shown = [name for name in results.measures if not (one_each and name in ("mAP", "nDCG"))]
    counts = ("won", "lost", "tied", "harmed %")
    columns = ("strategy", *map(heading, shown), *counts, "ms a query", "bytes")
    baseline = results.rows[0].strategy
    return Table(
        title=data_summary(results),
        columns=columns,
        rows=[_row(row, shown) for row in results.rows],
        notes=(
            f"R@K in per cent. Won, lost and tied count queries against {baseline}; harmed "
            f"are those whose image fell by more than {HARM} places; * marks a "
            "difference that is significant (paired randomisation test, captions of one image "
            f"taken together, p < {SIGNIFICANCE_LEVEL} after Holm's correction).",
            *_notes(results),
        ),
    )


def intervals_table(results: Results) -> Table:
    """The 95 % bootstrap intervals of all figures."""
    return Table(
        title="95 % intervals",
        columns=("strategy", *map(heading, results.measures)),
        rows=[
            (row.strategy, *(_interval(name, *row.intervals[name]) for name in results.measures))
            for row in results.rows
        ],
        notes=("Bootstrap over images: captions of one image are drawn together.",),
    )


def table_of_found(results: Results) -> Table:
    """The share of queries that had their image on a page of 10 by each round, in per cent."""
    count = max(len(row.rounds) for row in results.rows)
    return Table(
        title="Found by round",
        columns=("strategy", *(f"round {number}" for number in range(count))),
        rows=[
            (
                row.strategy,
                *(f"{share:.1f}" for share in row.success_by_round),
                *[ABSENT] * (count - len(row.success_by_round)),
            )
            for row in results.rows
        ],
        notes=("Round 0 is the first search; in per cent of queries.",),
    )


def tables_of(results: Results) -> list[Table]:
    """All tables that a person reads first: the figures, and by round where there are rounds."""
    several = any(len(row.rounds) > 1 for row in results.rows)
    return [results_table(results), *([table_of_found(results)] if several else [])]


def figures_table(results: Results, title: str) -> Table:
    """Figures with 95 % intervals; an asterisk marks a significant difference from the first."""
    baseline = results.rows[0].strategy
    return Table(
        title=f"{title}: {data_summary(results)}",
        columns=("strategy", *map(heading, results.measures)),
        rows=[
            (row.strategy, *(_with_interval(row, name) for name in results.measures))
            for row in results.rows
        ],
        notes=(
            f"R@K in per cent; in brackets 95 % bootstrap intervals over images. * marks a "
            f"difference from {baseline} that is significant (paired randomisation test, "
            f"p < {SIGNIFICANCE_LEVEL} after "
            f"Holm's correction).",
        ),
    )


def data_summary(results: Results) -> str:
    """The data set, its size and the encoder in one line."""
    data, encoder = results.data, results.encoder
    encoders = (encoder, *encoder.get("others", ()))
    told = " + ".join(f"{each['name']} ({each['dim']} dimensions)" for each in encoders)
    return (
        f"{data['name']}, {data['queries']:,} queries over {data['images']:,} images, {told}"
        f"{', GENERATED VECTORS' if data['generated'] else ''}"
    )


def heading(measure: str) -> str:
    """A measure's name as a heading."""
    return measure.replace("_", " ")


def figure(measure: str, value: float | None) -> str:
    """A measure's value as a table shows it."""
    if value is None:
        return ABSENT
    return f"{value:.3f}" if measure in ("MRR", "mAP") or "nDCG" in measure else f"{value:.1f}"


def is_significant(row: Row, measure: str) -> bool:
    """Whether the row surely differs from the baseline in this measure."""
    return row.compared is not None and row.compared.p_holm.get(measure, 1) < SIGNIFICANCE_LEVEL


def time_and_size(row: Row) -> tuple[str, str]:
    """Milliseconds a query and bytes a vector."""
    ms = ABSENT if row.ms_per_query is None else f"{row.ms_per_query:.2f}"
    return ms, ABSENT if row.bytes_per_vector is None else f"{row.bytes_per_vector:,}"


def _row(row: Row, shown: Sequence[str]) -> tuple[str, ...]:
    figures = [
        figure(name, row.figures[name]) + ("*" if is_significant(row, name) else "")
        for name in shown
    ]
    counts = [ABSENT] * 4
    if row.compared:
        counts = [f"{n:,}" for n in (row.compared.won, row.compared.lost, row.compared.tied)]
        counts.append(f"{row.compared.harmed:.1f}")
    return (row.strategy, *figures, *counts, *time_and_size(row))


def _with_interval(row: Row, name: str) -> str:
    low, high = row.intervals[name]
    mark = "*" if is_significant(row, name) else ""
    return f"{figure(name, row.figures[name])}{mark} [{figure(name, low)}, {figure(name, high)}]"


def _interval(measure: str, low: float, high: float) -> str:
    return f"{figure(measure, low)} to {figure(measure, high)}"


def _notes(results: Results) -> list[str]:
    notes = []
    if results.data["generated"]:
        notes.append("The vectors are generated: only time and memory mean something here.")
    for row in results.rows:
        if row.ties_won and _format_figures(row.ties_won) != _format_figures(row.figures):
            notes.append(
                f"{row.strategy}: an image among equals is given its expected rank; counting "
                f"every tie as won would read {_format_figures(row.ties_won)}."
            )
        if row.agreement is not None and row.agreement < 1:
            notes.append(
                f"{row.strategy}: its index answers {100 * row.agreement:.0f} % of checked "
                f"queries as the full ranking does."
            )
    return notes


def _format_figures(figures: Mapping[str, float]) -> str:
    names = [name for name in ("R@1", "R@5", "R@10", "mean_rank") if name in figures]
    return "/".join(figure(name, figures[name]) for name in names)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
