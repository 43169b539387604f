"""Plots of results: recall against K, against rounds, against bytes per vector (extra ``lab``)."""

from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firs.errors import MissingExtra
from firs.evaluation.results import Results, Row
from firs.evaluation.tables import data_summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's colours, which colour-blind people can distinguish too."""

SHOWN = ("R@1", "R@5", "R@10")


def draw_plots(results: Results, folder: Path) -> list[Path]:
    """Draw each plot that the results have something for, as PNG and SVG.

    Returns:
        The files, PNG before SVG.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    plots: dict[str, Callable[[Any, Results], None]] = {"recall-against-k": _plot_recall_by_k}
    if any(len(row.rounds) > 1 for row in results.rows):
        plots["recall-against-rounds"] = _plot_recall_by_round
        plots["found-against-rounds"] = _plot_success_by_round
    if len(_sized(results.rows)) > 1:
        plots["recall-against-bytes"] = _plot_recall_by_bytes
    return [
        file for name, draw in plots.items() for file in _save_plot(results, folder / name, draw)
    ]


def _save_plot(results: Results, path: Path, draw: Callable[[Any, Results], None]) -> list[Path]:
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("Plots", "lab") from error
    figure = Figure(figsize=(7, 4.4), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, color="#e4e4e4", linewidth=0.8)
    axes.set_title(data_summary(results), fontsize=9, loc="left")
    draw(axes, results)
    files = [path.with_suffix(suffix) for suffix in (".png", ".svg")]
    with rc_context({"svg.hashsalt": "firs"}):  # the same results give the same file
        figure.savefig(files[0], dpi=160)
        figure.savefig(files[1], metadata={"Date": None})
    return files


def _plot_recall_by_k(axes: "Axes", results: Results) -> None:
    for row, colour in _with_colours(results.rows):
        ks = range(1, len(row.recall_curve) + 1)
        axes.plot(ks, row.recall_curve, color=colour, label=row.strategy)
    axes.set_xscale("log")
    ticks = [k for k in (1, 2, 5, 10, 20, 50, 100) if k <= len(results.rows[0].recall_curve)]
    axes.set_xticks(ticks, [str(k) for k in ticks])
    axes.minorticks_off()
    _label(axes, "K", "R@K, per cent")


def _plot_recall_by_round(axes: "Axes", results: Results) -> None:
    for row, colour in _with_colours(results.rows):
        rounds = range(len(row.rounds))
        for name, style in (("R@1", "o-"), ("R@10", "^--")):
            if len(rounds) > 1 and name in row.figures:
                recall = [figures[name] for figures in row.rounds]
                axes.plot(rounds, recall, style, color=colour, label=f"{row.strategy} {name}")
    axes.set_xticks(range(max(len(row.rounds) for row in results.rows)))
    _label(axes, "round", "per cent")


def _plot_success_by_round(axes: "Axes", results: Results) -> None:
    """Plot the share of targets that were on a page by each round; one round is a dot."""
    for row, colour in _with_colours(results.rows):
        rounds = range(len(row.success_by_round))
        axes.plot(rounds, row.success_by_round, "o-", color=colour, label=row.strategy)
    axes.set_xticks(range(max(len(row.rounds) for row in results.rows)))
    _label(axes, "round", "found on a page of 10 by then, per cent")


def _plot_recall_by_bytes(axes: "Axes", results: Results) -> None:
    """Plot strategies of the same size next to each other."""
    sizes: list[int] = []
    sized = _sized(results.rows)
    for row, colour in _with_colours(results.rows):
        if row not in sized:
            continue
        size = row.bytes_per_vector or 0
        at = size * 1.12 ** sizes.count(size)
        sizes.append(size)
        values = [row.figures[name] for name in SHOWN if name in row.figures]
        axes.plot([at] * len(values), values, color=colour, label=row.strategy, linewidth=1)
        for value, marker in zip(values, "os^", strict=False):
            axes.plot(at, value, marker, color=colour)
    axes.set_xscale("log")
    axes.set_xticks(sorted(set(sizes)), [f"{size:,}" for size in sorted(set(sizes))])
    axes.minorticks_off()
    axes.margins(x=0.15, y=0.12)
    _label(axes, "bytes per vector", "R@1 (dot), R@5 (square), R@10 (triangle), per cent")


def _with_colours(rows: list[Row]) -> Iterator[tuple[Row, str]]:
    """Give each strategy one colour in all plots."""
    return zip(rows, cycle(COLOURS), strict=False)


def _sized(rows: list[Row]) -> list[Row]:
    """Return the rows of one round with a known size."""
    return [row for row in rows if row.bytes_per_vector and len(row.rounds) == 1]


def _label(axes: "Axes", x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.legend(frameon=False, fontsize=8)
