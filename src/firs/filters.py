"""Filter: which images of a collection may be found, by path, date, size and tags."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, time

from firs.errors import InputError


def compile_glob(glob: str) -> re.Pattern[str]:
    """Compile a pattern to a regular expression for whole paths, with ``/`` between their parts.

    Raises:
        InputError: the pattern is empty, or a bracket is not closed or has no characters.

    >>> bool(compile_glob("2024/**/*.jpg").fullmatch("2024/may/a.jpg"))
    True
    >>> bool(compile_glob("holiday").fullmatch("2024/holiday/b.jpg"))
    True
    """
    named = glob.removesuffix("/")
    body = named.removeprefix("./")
    if not body.strip("/."):
        raise InputError(f"{glob!r} fits no path; name files or folders, as in '2024/**'.")
    start = "" if "/" in named else "(?:.*/)?"
    below = "/.*" if glob.endswith("/") else "(?:/.*)?"
    try:
        return re.compile(f"{start}{_parts(body.split('/'), glob)}{below}", re.DOTALL)
    except re.error as error:
        raise InputError(f"The pattern {glob!r} is malformed: {error}.") from error


def _parts(parts: list[str], glob: str) -> str:
    """Translate the parts of a path, each followed by a slash except the last."""
    *folders, last = parts
    patterns = ["(?:.*/)?" if part == "**" else f"{_name(part, glob)}/" for part in folders]
    return "".join([*patterns, ".*" if last == "**" else _name(last, glob)])


def _name(part: str, glob: str) -> str:
    pieces, at = [], 0
    while at < len(part):
        step = 1
        if part[at] == "[":
            step = _bracket_length(part[at:], glob)
            pieces.append(_one_of(part[at + 1 : at + step - 1]))
        else:
            pieces.append(_WILD.get(part[at]) or re.escape(part[at]))
        at += step
    return "".join(pieces)


def _bracket_length(text: str, glob: str) -> int:
    """Return the length of a bracket; a ``]`` right after the opening is one of its characters."""
    end = text.find("]", 3 if text[1:2] in ("!", "^") else 2)
    if end < 0:
        raise InputError(f"The pattern {glob!r} is malformed: a [ is not closed by ].")
    return end + 1


def _one_of(inside: str) -> str:
    negated = inside[:1] in ("!", "^")
    characters = re.sub(r"([\\\]\[&~|])", r"\\\1", inside[1:] if negated else inside)
    return f"[{'^/' if negated else ''}{characters}]"


_WILD = {"*": "[^/]*", "?": "[^/]"}

Day = date | datetime
"""A date is its first moment; a time without a time zone is local time."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions on an image; all given conditions must be met.

    Args:
        within: one pattern of paths or several, one must match; see ``firs.filters``. Paths are
            relative to the folder that has the collection; a pattern that begins with ``/`` or
            ``~`` is absolute.
        after: the file was last modified at this moment or later.
        before: the file was last modified before this moment.
        larger: the file has this many bytes or more.
        smaller: the file has fewer bytes.
        tags: one tag or several, all of them required.

    Raises:
        InputError: a pattern is malformed, a size is negative, or no image can pass.

    >>> print(Filter(within="2024/**", larger=1_000_000, tags="holiday"))
    in 2024/**, of 1,000,000 bytes or more, tagged holiday
    """

    within: str | tuple[str, ...] = ()
    after: Day | None = None
    before: Day | None = None
    larger: int | None = None
    smaller: int | None = None
    tags: str | tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("within", "tags"):
            object.__setattr__(self, name, _as_tuple(getattr(self, name)))
        for glob in self.within:
            compile_glob(glob)
        self._check_sizes()
        first, end = moment(self.after), moment(self.before)
        if first is not None and end is not None and first >= end:
            raise InputError(f"Nothing is from {self.after} on and before {self.before}.")

    def _check_sizes(self) -> None:
        low, high = self.larger or 0, self.smaller
        if low < 0 or (high is not None and high < 0):
            raise InputError(f"A file has 0 bytes or more, not {min(low, high or 0)}.")
        if high is not None and low >= high:
            raise InputError(f"No file has {low:,} bytes or more and fewer than {high:,}.")

    def __bool__(self) -> bool:
        """Return whether it has any condition."""
        return any(getattr(self, each.name) not in ((), None) for each in fields(self))

    def __str__(self) -> str:
        parts = {
            "in {}": " or ".join(self.within),
            "from {} on": self.after,
            "before {}": self.before,
            "of {} bytes or more": None if self.larger is None else f"{self.larger:,}",
            "of fewer than {} bytes": None if self.smaller is None else f"{self.smaller:,}",
            "tagged {}": " and ".join(self.tags),
        }
        return ", ".join(form.format(value) for form, value in parts.items() if value)


def moment(day: Day | None) -> float | None:
    """Return a moment as seconds since 1970 in UTC, or None."""
    if day is None:
        return None
    whole = day if isinstance(day, datetime) else datetime.combine(day, time())
    return whole.timestamp()


def nanoseconds(day: Day | None) -> int | None:
    """Convert a moment to nanoseconds, the unit of stored file times."""
    seconds = moment(day)
    return None if seconds is None else round(seconds * 1e9)


def _as_tuple(values: str | Iterable[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)


def parse_date(text: str) -> date | datetime:
    """Parse the first moment of a year, a month or a day, or an exact moment.

    Raises:
        InputError: it is none of these.

    >>> parse_date("2024-06")
    datetime.date(2024, 6, 1)
    """
    found = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?([T ].+)?", text.strip())
    year, month, day, time = found.groups(default="") if found else ("", "", "", "")
    try:
        first = date.fromisoformat(f"{year}-{month or '01'}-{day or '01'}")
        return datetime.fromisoformat(f"{first}{time}") if time else first
    except ValueError:
        raise InputError(
            f"A date is typed as 2024, 2024-06, 2024-06-15 or 2024-06-15T14:30, not {text!r}."
        ) from None


def parse_size(text: str) -> int:
    """Parse a number of bytes with an optional unit, decimal or binary.

    Raises:
        InputError: it is not a size.

    >>> parse_size("1.5 MB"), parse_size("2MiB")
    (1500000, 2097152)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?))?b?", text.strip().lower())
    if found is None:
        raise InputError(
            f"A size is typed as 800 (bytes), 500kB, 1.5MB, 2GB or 2MiB, not {text!r}."
        )
    number, prefix, binary = found.groups()
    power = " kmgt".index(prefix) if prefix else 0
    unit: int = (1024 if binary else 1000) ** power
    return round(float(number) * unit)
