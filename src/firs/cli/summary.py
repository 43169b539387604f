"""What ``firs index`` did, in a few lines, and what to do next."""

import shlex
import sys
from collections.abc import Iterator

from firs.cli.console import format_path, one_line
from firs.cli.places import option_for
from firs.collection.records import AddReport

PROBLEMS_SHOWN = 10


def summarise(report: AddReport, collection: str, images: int, encoder: str | None = None) -> None:
    """Write what was added, what could not be read and why, and how to search it.

    ``encoder`` is named where it is not the one that a search takes by itself.
    """
    sys.stdout.writelines(f"{line}\n" for line in _lines(report, collection, images, encoder))


def _lines(report: AddReport, collection: str, images: int, encoder: str | None) -> Iterator[str]:
    yield f"{images:,} images in {one_line(collection)}"
    yield f"  {', '.join(_counts(report))}"
    where = option_for(collection)
    if report.problems:
        yield from _problems(report, where)
    whose = "" if encoder is None else f" --encoder {shlex.quote(encoder)}"
    yield f'Search them: firs search "what to see in the picture"{whose}{where}'


def _counts(report: AddReport) -> Iterator[str]:
    """Yield all counts above zero."""
    new = report.added + report.updated + report.filled
    rate = f" ({report.rate:.0f}/s)" if new else ""
    told = {
        "new": report.added,
        "changed": report.updated,
        "encoded again by another encoder": report.filled,
        "moved": report.moved,
        "unchanged": report.unchanged,
        "with the same content as others": report.duplicates,
        "forgotten": report.removed,
        "gone from disk (--prune forgets them)": report.missing,
        "new captions": report.captions,
        "captions of images that are not here": report.captions_without_image,
    }
    counts = [f"{count:,} {what}" for what, count in told.items() if count]
    yield from counts or ["nothing new"]
    if new:
        yield f"{report.seconds:.1f} s{rate}"


def _problems(report: AddReport, where: str) -> Iterator[str]:
    many = len(report.problems)
    yield f"{many:,} {'file' if many == 1 else 'files'} could not be read:"
    for problem in report.problems[:PROBLEMS_SHOWN]:
        yield f"  {format_path(problem.path)}: {one_line(problem.reason)}"
    if many > PROBLEMS_SHOWN:
        yield f"  and {many - PROBLEMS_SHOWN:,} more; all of them: firs info --problems{where}"
