"""Tables: rows of text under headings, as Markdown, HTML, JSON, or for the terminal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

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
        alignment = ["---", *["---:"] * (len(self.columns) - 1)]
        lines = [f"### {self.title}", "", *map(_line, (self.columns, alignment, *self.rows))]
        if self.notes:
            lines += ["", *(f"- {note}" for note in self.notes)]
        return "\n".join(lines) + "\n"

    def html(self) -> str:
        """Return the table with its title and notes in HTML."""
        head = "".join(f"<th>{escape(column)}</th>" for column in self.columns)
        cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in self.rows)
        body = "".join(f"<tr>{row}</tr>" for row in cells)
        notes = "".join(f'<p class="note">{escape(note)}</p>' for note in self.notes)
        return (
            f'<h2>{escape(self.title)}</h2><div class="scroll"><table><thead><tr>{head}</tr>'
            f"</thead><tbody>{body}</tbody></table></div>{notes}"
        )


def results_table(results: Results) -> Table:
    """Return all rows of an experiment; an asterisk marks a significant difference."""
    one_each = results.data["relevant"] == results.data["queries"]
    shown = [name for name in results.measures if not (one_each and name in ("mAP", "nDCG"))]
    counts = ("won", "lost", "tied", "harmed %")
    return Table(
        title=data_summary(results),
        columns=("strategy", *map(heading, shown), *counts, "ms a query", "bytes"),
        rows=[
            (
                row.strategy,
                *(_marked_figure(row, name) for name in shown),
                *_counts(row),
                *time_and_size(row),
            )
            for row in results.rows
        ],
        notes=(
            f"R@K in per cent. Won, lost and tied count queries against "
            f"{results.rows[0].strategy}; harmed are those with an image that fell by more than "
            f"{HARM} ranks; * marks a difference that is significant (paired randomisation test, "
            f"captions of one image taken together, p < {SIGNIFICANCE_LEVEL} after Holm's "
            f"correction).",
            *_notes(results),
        ),
    )


def intervals_table(results: Results) -> Table:
    """Return the 95 % bootstrap intervals of all figures."""

    def interval(row: Row, name: str) -> str:
        return " to ".join(figure(name, end) for end in row.intervals[name])

    note = "Bootstrap over images: captions of one image are drawn together."
    return _table_by_measure("95 % intervals", results, interval, note)


def figures_table(results: Results, title: str) -> Table:
    """Return figures with 95 % intervals; an asterisk marks a significant difference."""

    def with_interval(row: Row, name: str) -> str:
        low, high = (figure(name, end) for end in row.intervals[name])
        return f"{_marked_figure(row, name)} [{low}, {high}]"

    note = (
        f"R@K in per cent; in brackets 95 % bootstrap intervals over images. * marks a "
        f"difference from {results.rows[0].strategy} that is significant (paired randomisation "
        f"test, p < {SIGNIFICANCE_LEVEL} after Holm's correction)."
    )
    return _table_by_measure(f"{title}: {data_summary(results)}", results, with_interval, note)


def success_table(results: Results) -> Table:
    """Return the share of queries that had their image on a page by each round."""
    count = max(len(row.rounds) for row in results.rows)
    rows = []
    for row in results.rows:
        shares = [f"{share:.1f}" for share in row.success_by_round]
        rows.append((row.strategy, *shares, *[ABSENT] * (count - len(shares))))
    return Table(
        title="Found by round",
        columns=("strategy", *(f"round {number}" for number in range(count))),
        rows=rows,
        notes=("Round 0 is the first search; in per cent of queries.",),
    )


def main_tables(results: Results) -> list[Table]:
    """Return the tables that a person reads first: figures, and rounds if there are several."""
    has_rounds = any(len(row.rounds) > 1 for row in results.rows)
    return [results_table(results), *([success_table(results)] if has_rounds else [])]


def data_summary(results: Results) -> str:
    """Return the data set, its size and the encoder in one line."""
    data, encoder = results.data, results.encoder
    encoders = (encoder, *encoder.get("others", ()))
    described = " + ".join(f"{each['name']} ({each['dim']} dimensions)" for each in encoders)
    return (
        f"{data['name']}, {data['queries']:,} queries over {data['images']:,} images, {described}"
        f"{', GENERATED VECTORS' if data['generated'] else ''}"
    )


def heading(measure: str) -> str:
    """Return a measure's name as a heading."""
    return measure.replace("_", " ")


def figure(measure: str, value: float | None) -> str:
    """Return a measure's value as a table shows it."""
    if value is None:
        return ABSENT
    return f"{value:.3f}" if measure in ("MRR", "mAP") or "nDCG" in measure else f"{value:.1f}"


def is_significant(row: Row, measure: str) -> bool:
    """Return whether the row differs significantly from the baseline in this measure."""
    return row.compared is not None and row.compared.p_holm.get(measure, 1) < SIGNIFICANCE_LEVEL


def time_and_size(row: Row) -> tuple[str, str]:
    """Return milliseconds per query and bytes per vector."""
    ms = ABSENT if row.ms_per_query is None else f"{row.ms_per_query:.2f}"
    return ms, ABSENT if row.bytes_per_vector is None else f"{row.bytes_per_vector:,}"


def _table_by_measure(
    title: str, results: Results, cell: Callable[[Row, str], str], note: str
) -> Table:
    measures = results.measures
    rows = [(row.strategy, *(cell(row, name) for name in measures)) for row in results.rows]
    return Table(title, ("strategy", *map(heading, measures)), rows, (note,))


def _marked_figure(row: Row, name: str) -> str:
    return figure(name, row.figures[name]) + ("*" if is_significant(row, name) else "")


def _counts(row: Row) -> list[str]:
    compared = row.compared
    if compared is None:
        return [ABSENT] * 4
    counts = [f"{count:,}" for count in (compared.won, compared.lost, compared.tied)]
    return [*counts, f"{compared.harmed:.1f}"]


def _notes(results: Results) -> list[str]:
    notes = []
    if results.data["generated"]:
        notes.append("The vectors are generated: only time and memory mean something here.")
    for row in results.rows:
        if row.ties_won and _join_figures(row.ties_won) != _join_figures(row.figures):
            notes.append(
                f"{row.strategy}: an image among equals is given its expected rank; counting "
                f"every tie as won would read {_join_figures(row.ties_won)}."
            )
        if row.agreement is not None and row.agreement < 1:
            notes.append(
                f"{row.strategy}: its index answers {100 * row.agreement:.0f} % of checked "
                f"queries as the full ranking does."
            )
    return notes


def _join_figures(figures: Mapping[str, float]) -> str:
    names = [name for name in ("R@1", "R@5", "R@10", "mean_rank") if name in figures]
    return "/".join(figure(name, figures[name]) for name in names)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
