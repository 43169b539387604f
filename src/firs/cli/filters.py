"""Filter options on the command line: which images, dates and sizes."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from firs.errors import InputError

if TYPE_CHECKING:
    from firs.filter import Filter

Within: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--in",
        metavar="GLOB",
        help="Only images whose path fits, such as '2024/**'; several: one of them.",
        show_default=False,
    ),
]
After: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="DATE",
        help="Only files last modified on this day or later: 2024, 2024-06 or 2024-06-15.",
        show_default=False,
    ),
]
Before: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="DATE", help="Only files last modified before this day.", show_default=False
    ),
]
Larger: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="Only files of this size or more, such as 500kB, 1MB or 2MiB.",
        show_default=False,
    ),
]
Smaller: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="SIZE", help="Only files smaller than this.", show_default=False),
]
Tagged: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--tag", metavar="TAG", help="Only images with this tag; several: all.", show_default=False
    ),
]


def parse_filter(
    within: Sequence[str] | None,
    after: str | None,
    before: str | None,
    larger: str | None,
    smaller: str | None,
    tags: Sequence[str] | None,
) -> "Filter | None":
    """Return the filter from the typed options; None without any.

    Raises:
        InputError: a date, a size or a pattern is malformed, or nothing can pass.
    """
    from firs.filter import Filter

    where = Filter(
        within=tuple(within or ()),
        after=None if after is None else _day(after),
        before=None if before is None else _day(before),
        larger=None if larger is None else _bytes(larger),
        smaller=None if smaller is None else _bytes(smaller),
        tags=tuple(tags or ()),
    )
    return where or None


def _day(typed: str) -> date | datetime:
    """Return the first moment of a year, a month or a day, or an exact moment."""
    found = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?([T ].+)?", typed.strip())
    year, month, day, time = found.groups(default="") if found else ("", "", "", "")
    try:
        first = date.fromisoformat(f"{year}-{month or '01'}-{day or '01'}")
        return datetime.fromisoformat(f"{first}{time}") if time else first
    except ValueError:
        raise InputError(
            f"A date is typed as 2024, 2024-06, 2024-06-15 or 2024-06-15T14:30, not {typed!r}."
        ) from None


def _bytes(typed: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?))?b?", typed.strip().lower())
    if found is None:
        raise InputError(
            f"A size is typed as 800 (bytes), 500kB, 1.5MB, 2GB or 2MiB, not {typed!r}."
        )
    number, prefix, binary = found.groups()
    power = " kmgt".index(prefix) if prefix else 0
    unit: int = (1024 if binary else 1000) ** power
    return round(float(number) * unit)
