"""Suggestions in a session at the prompt: request, show as differences, and accept."""

import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from firs.cli.console import is_terminal, one_line, output, say
from firs.errors import InputError
from firs.refinement import BANK, TERMS, Suggestion, difference

if TYPE_CHECKING:
    from rich.text import Text

    from firs.session import Session

_STYLES = {"same": "", "gone": "red strike", "new": "green"}
_SIGNS = {"same": "", "gone": "-", "new": "+"}


class Suggested:
    """The suggestions of a session that were shown last, by their numbers from 1."""

    def __init__(self) -> None:
        self._found: tuple[Suggestion, ...] = ()
        self._by = ""

    def ask(self, session: "Session", words: Sequence[str]) -> None:
        """Query a refiner and show its suggestions.

        Raises:
            InputError: there is no such refiner or captioner, or the query has no words.
        """
        if len(words) > 2:
            raise InputError("Suggest takes a refiner and a captioner, as in: suggest llm openai")
        refiner, captioner = (*words, *(TERMS, BANK)[len(words) :])
        told = session.refine(refiner, captioner)
        self._found, self._by = told.suggestions, told.by
        for number, each in enumerate(told.suggestions, start=1):
            _show(number, each, told.text)
        say(one_line(told.told))
        if told.suggestions:
            say("take 1 searches by the first, too; take WORDS by words of your own.")

    def take(self, session: "Session", told: str, *, shown: int, again: bool) -> None:
        """Take a suggestion by its number, or what a person typed instead.

        Raises:
            InputError: there is no such number, or no words; nothing is taken.
        """
        if not told:
            raise InputError("Take which? take 1 is the first suggestion; take WORDS are your own.")
        chosen: Suggestion | str = told
        if re.fullmatch(r"\d{1,3}", told):
            chosen = self._by_number(int(told))
        by = self._by if isinstance(chosen, Suggestion) else "typed"
        session.accept(chosen, by=by, shown=shown, again=again)
        self._found = ()

    def _by_number(self, number: int) -> Suggestion:
        if not 1 <= number <= len(self._found):
            raise InputError(f"There is no suggestion {number}; suggest asks for some.")
        chosen = self._found[number - 1]
        if chosen.drifts:
            raise InputError(
                f"That is far from what you asked, so it is not taken by its number; "
                f"if you mean it, type it: take {chosen.text}"
            )
        return chosen


def _show(number: int, each: Suggestion, old: str) -> None:
    if not is_terminal():
        changed = "".join(f"[{_SIGNS[p.kind]}{p.text}]" for p in difference(old, each.text))
        flag = "drifts" if each.drifts else "-"
        row = (str(number), each.label, changed, each.why, flag)
        sys.stdout.write("\t".join(map(one_line, row)) + "\n")
        return
    from rich.text import Text

    output().print(
        f"[bold]{number:>3}[/] ",
        _render_difference(each, old),
        Text(f" {one_line(each.why)}", style="dim"),
    )
    if each.drifts:
        output().print("     [yellow]far from what you asked[/]")


def _render_difference(each: Suggestion, old: str) -> "Text":
    from rich.text import Text

    if each.label != each.text:
        return Text(one_line(each.label), style="green" if each.added[0].weight > 0 else "red")
    drawn = Text()
    for piece in difference(old, each.text):
        drawn.append(f"{one_line(piece.text)} ", style=_STYLES[piece.kind])
    return drawn
