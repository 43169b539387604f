"""Parser of a line typed in a session."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from typing import TypeAlias

from firs.errors import InputError
from firs.feedback import DEFAULT

Ranks: TypeAlias = tuple[int, ...]

MOST_AT_ONCE = 10_000

NAMES = (
    "next", "more", "undo", "branch", "round", "compare", "why", "hide-seen", "show-seen", "sheet",
    "open", "suggest", "accept", "help", "quit",
)  # fmt: skip

_ALIASES = {"": "next", "?": "help", "exit": "quit"} | {
    name[0]: name
    for name in NAMES
    if name not in ("hide-seen", "show-seen", "sheet")  # s is suggest
}
"""Other names of commands; most can be typed as one letter."""

HELP = (
    ("+3 5-7 -2", "tick 3, 5, 6 and 7, cross 2; the numbers are those of the results"),
    ("=4", "4 is the image you were looking for"),
    ("0 3, clear 3", "remove the mark of 3"),
    ("Enter, next [METHOD] [STRENGTH]", "search again with your marks; short: n"),
    ("suggest [llm]", "suggest other words for your query, from captions of the ticked images; s"),
    ("accept 1, accept WORDS", "also search for a suggestion, or for words of your own; a"),
    ("more", "the next page of this round"),
    ("undo", "undo the last mark or step; u"),
    ("round [N]", "go to a round, or list them; r"),
    ("branch", "continue in a new session; b"),
    ("compare [A [B]]", "what rose, fell, appeared and left since the previous round; c"),
    ("why 3", "which marks and added words moved image 3; w"),
    ("hide-seen, show-seen", "leave out images that you have seen, or show them again"),
    ("sheet FILE", "write a contact sheet of the results shown"),
    ("open 3", "open the picture; o"),
    ("quit", "end; the session is saved; q"),
)
"""The commands of the prompt, each with a description."""

_CLEAR = ("0", "clear")
_SIGNS = ("+", "-", "=")
_SIGNED = re.compile(r"([+=]|(?<!\d)-)((?:[^+=-]|(?<=\d)-(?=\d))*)")
"""A sign with its numbers. A dash between two digits is a range, not a cross."""


@dataclass(frozen=True, slots=True)
class Marking:
    """Ranks of results to mark as relevant, irrelevant, unmarked, or as the target."""

    relevant: Ranks = ()
    irrelevant: Ranks = ()
    found: int | None = None
    clear: Ranks = ()


@dataclass(frozen=True, slots=True)
class Command:
    """One of ``NAMES``, with its arguments as text."""

    name: str
    rest: str = ""

    @property
    def words(self) -> list[str]:
        """The arguments, split at white space."""
        return self.rest.split()


def parse_line(line: str) -> Marking | Command:
    """Parse a line into marks or a command.

    Raises:
        InputError: it is neither.

    >>> parse_line("+3 5-7 -2").relevant
    (3, 5, 6, 7)
    >>> parse_line("n rocchio")
    Command(name='next', rest='rocchio')
    """
    first, _, rest = line.strip().partition(" ")
    if first in _CLEAR or first[:1] in _SIGNS:
        marking = Marking(clear=_ranks(rest)) if first in _CLEAR else _marking(line)
        if marking == Marking():
            raise InputError("Which images? Give the numbers of results, as in +3 5.")
        return marking
    name = _ALIASES.get(first.lower(), first.lower())
    if name not in NAMES:
        near = get_close_matches(name, NAMES, 1)
        hint = f" Do you mean {near[0]}?" if near else ""
        raise InputError(f"There is no command {first!r}.{hint} Type ? for the list of commands.")
    return Command(name, rest.strip())


def number(word: str) -> int:
    """Parse the number of an image or a round.

    Raises:
        InputError: the word is not a number.
    """
    if not re.fullmatch(r"\d{1,9}", word):
        raise InputError(f"Images and rounds are given by number, not as {word!r}.")
    return int(word)


def method_and_strength(words: list[str]) -> tuple[str, float]:
    """Parse the optional arguments of ``next``: a method and a strength.

    Raises:
        InputError: there is any other argument.
    """
    strengths = [number for number in map(_real, words) if number is not None]
    methods = [word for word in words if _real(word) is None]
    if len(methods) > 1 or len(strengths) > 1:
        raise InputError("Next takes a method and a strength, as in: next rocchio 0.5")
    return (methods or [DEFAULT])[0], (strengths or [1.0])[0]


def _real(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _marking(line: str) -> Marking:
    given = dict.fromkeys(_SIGNS, "")
    for sign, words in _SIGNED.findall(line):
        given[sign] += f"{words} "
    ticked, crossed, found = (_ranks(given[sign]) for sign in _SIGNS)
    if len(found) > 1:
        raise InputError("Only one image can be the target; tick the others, as in +3 5.")
    return Marking(ticked, crossed, found[0] if found else None)


def _ranks(words: str) -> Ranks:
    return tuple(chain.from_iterable(map(_range, words.replace(",", " ").split())))


def _range(word: str) -> range:
    first, _, last = word.partition("-")
    ends = number(first), number(last or first)
    if not 1 <= ends[0] <= ends[1] < ends[0] + MOST_AT_ONCE:
        raise InputError(f"Images are counted from 1, and given as in +3 5-7, not as {word!r}.")
    return range(ends[0], ends[1] + 1)
