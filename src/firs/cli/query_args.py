"""Arguments of ``firs search`` → a query, and its query strategy."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from firs.errors import InputError
from firs.query import Query, like, text

if TYPE_CHECKING:
    from firs.filters import Filter
    from firs.search import QueryStrategy

KINDS = ("text", "image", "like", "not", "not-image")
"""What can be weighed with ``--weight``."""


@dataclass(frozen=True, slots=True)
class QueryArgs:
    """The parts of a query as they were typed; ``weights`` as in ``image=0.5``."""

    words: str | None
    images: Sequence[Path]
    likes: Sequence[int]
    nots: Sequence[str]
    not_images: Sequence[Path]
    weights: Sequence[str]

    def query(self) -> Query:
        """Return the query, text terms first.

        Raises:
            InputError: the query is empty, or a weight is invalid.
        """
        weight = dict.fromkeys(KINDS, 1.0) | dict(map(_weight, self.weights))
        parts = [
            *([weight["text"] * text(self.words)] if self.words is not None else []),
            *(weight["image"] * like(each) for each in self.images),
            *(weight["like"] * like(each) for each in self.likes),
            *(-weight["not"] * text(each) for each in self.nots),
            *(-weight["not-image"] * like(each) for each in self.not_images),
        ]
        if not parts:
            raise InputError(
                'Say what to look for, as in: firs search "a black cat", or --image FILE.'
            )
        return Query(tuple(term for part in parts for term in part.terms))


def encoder_weights(
    typed: Sequence[str], names: Sequence[str]
) -> tuple[list[str], list[float] | None]:
    """Split the typed weights into term weights and the weights of several encoders.

    Raises:
        InputError: a weight of an encoder is invalid.
    """
    if len(names) < 2:
        return list(typed), None
    told = dict(_weight(each, names) for each in typed if each.partition("=")[0] in names)
    rest = [each for each in typed if each.partition("=")[0] not in names]
    return rest, [told.get(name, 1.0) for name in names] if told else None


def choose_strategy(
    name: str | None, fusion: str | None, first: int | None, *, several: bool = False
) -> "str | QueryStrategy":
    """Return the query strategy: by name, or the one that the other options imply.

    With ``several`` encoders a fusion also applies to their rankings, and implies no strategy.

    Raises:
        InputError: there is no such strategy, or an option does not apply to it.
    """
    from firs.search import DEFAULT, load_strategy

    name = name or _implied_strategy(fusion, first, several=several) or DEFAULT
    if name == DEFAULT and fusion is None and first is None:
        return DEFAULT
    from firs.search.strategies import LateFusion, Rerank

    if first is not None and name != "rerank":
        raise InputError(f"--rerank-depth is for --strategy rerank, not {name}.")
    if fusion and name == "early-fusion" and not several:
        raise InputError(
            "--fusion is for --strategy late-fusion and rerank; early-fusion makes one vector."
        )
    if fusion and name == "late-fusion":
        return LateFusion(fusion)
    if name == "rerank":
        usual = Rerank()
        return Rerank(usual.depth if first is None else first, fusion or usual.fusion)
    return load_strategy(name)


def _implied_strategy(fusion: str | None, first: int | None, *, several: bool) -> str | None:
    if first is not None:
        return "rerank"
    return "late-fusion" if fusion and not several else None


def _weight(typed: str, kinds: Sequence[str] = KINDS) -> tuple[str, float]:
    kind, _, number = typed.partition("=")
    try:
        weight = float(number)
    except ValueError:
        weight = 0.0
    if kind not in kinds or not 0 < weight < float("inf"):
        raise InputError(
            f"A weight is one of {', '.join(kinds)} and a number above 0, "
            f"as in --weight image=0.5, not {typed!r}."
        )
    return kind, weight


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
    from firs.filters import Filter

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
