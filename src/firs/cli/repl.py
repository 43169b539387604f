"""The prompt of ``firs session``: each typed line is executed, and its outcome printed."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from firs.cli.console import has_windows, is_terminal, one_line, output, say
from firs.cli.repl_parser import (
    HELP,
    Command,
    Marking,
    Ranks,
    method_and_strength,
    number,
    parse_line,
)
from firs.cli.results import check_sheet, save_sheet
from firs.cli.rounds import show_comparison, show_heading, show_results, show_rounds, show_why
from firs.errors import FirsError, InputError
from firs.feedback import DEFAULT
from firs.ranking import Ranking
from firs.refinement import BANK, TERMS, Suggestion, difference
from firs.session import Result, Session

if TYPE_CHECKING:
    from rich.text import Text

_STYLES = {"same": "", "gone": "red strike", "new": "green"}
_SIGNS = {"same": "", "gone": "-", "new": "+"}


class Suggestions:
    """The suggestions that were shown last, by their numbers from 1."""

    def __init__(self) -> None:
        self._shown: tuple[Suggestion, ...] = ()
        self._by = ""

    def request(self, session: "Session", words: Sequence[str]) -> None:
        """Query a refiner and show its suggestions.

        Raises:
            InputError: there is no such refiner or captioner, or the query has no words.
        """
        if len(words) > 2:
            raise InputError("Suggest takes a refiner and a captioner, as in: suggest llm openai")
        refiner, captioner = (*words, *(TERMS, BANK)[len(words) :])
        refinement = session.refine(refiner, captioner)
        self._shown, self._by = refinement.suggestions, refinement.by
        for place, each in enumerate(refinement.suggestions, start=1):
            _show_suggestion(place, each, refinement.text)
        say(one_line(refinement.summary))
        if refinement.suggestions:
            say("accept 1 also searches for the first; accept WORDS for words of your own.")

    def accept(self, session: "Session", typed: str, *, shown: int, again: bool) -> None:
        """Accept a suggestion by its number, or the words typed instead.

        Raises:
            InputError: there is no such number, or no words; nothing is accepted.
        """
        if not typed:
            raise InputError(
                "Accept which one? Type accept 1, or accept WORDS for words of your own."
            )
        chosen: Suggestion | str = typed
        if re.fullmatch(r"\d{1,3}", typed):
            chosen = self._by_number(int(typed))
        by = self._by if isinstance(chosen, Suggestion) else "typed"
        session.accept(chosen, by=by, shown=shown, again=again)
        self._shown = ()

    def _by_number(self, number: int) -> Suggestion:
        if not 1 <= number <= len(self._shown):
            raise InputError(f"There is no suggestion {number}. Type suggest to get suggestions.")
        chosen = self._shown[number - 1]
        if chosen.drifts:
            raise InputError(
                f"Suggestion {number} is far from your query, so it is not accepted by number. "
                f"To use it anyway, type: accept {chosen.text}"
            )
        return chosen


def _show_suggestion(number: int, each: Suggestion, old: str) -> None:
    if not is_terminal():
        pieces = difference(old, each.text)
        changed = "".join(f"[{_SIGNS[piece.kind]}{piece.text}]" for piece in pieces)
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
        output().print("     [yellow]far from your query[/]")


def _render_difference(each: Suggestion, old: str) -> "Text":
    from rich.text import Text

    if each.label != each.text:
        return Text(one_line(each.label), style="green" if each.added[0].weight > 0 else "red")
    drawn = Text()
    for piece in difference(old, each.text):
        drawn.append(f"{one_line(piece.text)} ", style=_STYLES[piece.kind])
    return drawn


class Dialogue:
    """Executor of typed lines.

    Args:
        session: the current session; ``branch`` replaces it.
        page: how many images to show at once.
    """

    def __init__(self, session: Session, page: int) -> None:
        self.session = session
        self._page = page
        self._again = True
        self._shown: dict[int, int] = {}
        self._suggestions = Suggestions()
        self._viewers: list[subprocess.Popen[bytes]] = []
        self._actions: dict[str, Callable[[Command], None]] = {
            "next": self._next,
            "more": self._more,
            "undo": self._undo,
            "branch": self._branch,
            "round": self._round,
            "compare": self._compare,
            "why": self._why,
            "hide-seen": self._show_or_hide_seen,
            "show-seen": self._show_or_hide_seen,
            "sheet": self._sheet,
            "open": self._open,
            "suggest": self._suggest,
            "accept": self._accept,
            "help": self._help,
        }

    def run(self, lines: Iterable[str], *, forgiving: bool) -> None:
        """Execute the lines until they end or one is ``quit``.

        Args:
            lines: as typed.
            forgiving: report a mistake and continue, as for a person; else it is raised.

        Raises:
            FirsError: a line cannot be executed, and ``forgiving`` is false.
        """
        self._show()
        if forgiving:
            say("+3 5 ticks, -2 crosses, Enter searches again, ? lists all commands.")
        for line in lines:
            try:
                if not self.obey(line):
                    return
            except FirsError as error:
                if not forgiving:
                    raise
                say(one_line(str(error)))

    def obey(self, line: str) -> bool:
        """Execute one line; return whether to continue: false for ``quit``.

        Raises:
            FirsError: it cannot be executed.
        """
        parsed = parse_line(line)
        if isinstance(parsed, Marking):
            self._mark(parsed)
        elif parsed.name == "quit":
            return False
        else:
            self._actions[parsed.name](parsed)
        return True

    def _mark(self, marks: Marking) -> None:
        found = None if marks.found is None else self._ids((marks.found,))[0]
        self.session.mark(
            self._ids(marks.relevant), self._ids(marks.irrelevant), found, self._ids(marks.clear)
        )
        if marks.found is not None:
            say(f"This is it: {one_line(str(self._result(marks.found).hit.path))}")
        say(self._describe_marks())

    def _next(self, command: Command) -> None:
        method, strength = method_and_strength(command.words)
        if self._would_stay(method):
            say("Nothing is marked: +3 ticks, -3 crosses, more shows more; ? lists all commands.")
            return
        at = self.session.round
        self.session.next(method, strength, shown=self._shown.get(at.number, 0), again=self._again)
        self._show()

    def _would_stay(self, method: str) -> bool:
        """Return whether a next round would have the same ranking."""
        return method == DEFAULT and self._again and not self.session.round.current_marks()

    def _more(self, _: Command) -> None:
        at = self.session.round
        start = self._shown.get(at.number, 0)
        if start >= len(at):
            say(f"That was all: {len(at):,} images.")
        self._show_from(start)

    def _undo(self, _: Command) -> None:
        at = self.session.round
        if not self.session.undo():
            say("There is nothing to undo.")
        elif self.session.round is at:
            say(f"The last mark is undone. {self._describe_marks()}")
        else:
            self._shown.pop(len(self.session.rounds), None)
            say("The last step is undone.")
            self._show()

    def _branch(self, _: Command) -> None:
        before = self.session.id
        self.session = self.session.branch()
        self._shown.clear()
        say(f"This is the session {self.session.id} now; {before} stays as it is.")
        self._show()

    def _round(self, command: Command) -> None:
        if not command.words:
            show_rounds(self.session)
            return
        self.session.go(number(command.rest))
        self._show()

    def _compare(self, command: Command) -> None:
        a, b = self._two_rounds([number(word) for word in command.words])
        comparison = self.session.compare(a, b, self._page)
        changes = (comparison.rose, comparison.fell, comparison.came, comparison.left)
        ids = [each.id for group in changes for each in group]
        show_comparison(comparison, self.session.round.context.paths(ids))
        if not ids:
            say(f"The first {self._page} images of the rounds {a} and {b} are the same.")

    def _two_rounds(self, given: list[int]) -> tuple[int, int]:
        at = self.session.round
        if len(given) > 1:
            return given[0], given[1]
        if given:
            return given[0], at.number
        if at.parent is None:
            raise InputError("There is no round before this one; name two, as in compare 0 2.")
        return at.parent.number, at.number

    def _why(self, command: Command) -> None:
        result = self._result(number(command.rest))
        show_why(
            result, self.session.round.context.paths([each.id for each in result.mark_influences])
        )
        if not (result.mark_influences or result.term_influences or result.matched_via):
            say("No mark moved it: it is not much like any, or none was read.")

    def _suggest(self, command: Command) -> None:
        self._suggestions.request(self.session, command.words)

    def _accept(self, command: Command) -> None:
        at = self.session.round
        shown = self._shown.get(at.number, 0)
        self._suggestions.accept(self.session, command.rest, shown=shown, again=self._again)
        self._show()

    def _show_or_hide_seen(self, command: Command) -> None:
        self._again = command.name == "show-seen"
        shown = "shown again" if self._again else "left out"
        say(f"Images that were seen are {shown} from the next round on.")

    def _sheet(self, command: Command) -> None:
        file = Path(os.path.expanduser(command.rest))  # noqa: PTH111, never raises
        check_sheet(file)
        at = self.session.round
        hits = [each.hit for each in at.results(0, self._shown.get(at.number, 0))]
        ranking = Ranking(
            [hit.id for hit in hits],
            [hit.score for hit in hits],
            [hit.path for hit in hits],
            source=at.method,
        )
        save_sheet(file, ranking, f"{self.session.query}, round {at.number}", [])
        say(f"Contact sheet: {file.absolute()}")

    def _open(self, command: Command) -> None:
        path = self._result(number(command.rest)).hit.path
        sys.stdout.write(f"{path}\n")
        viewer = next(filter(None, map(shutil.which, ("xdg-open", "open"))), None)
        if viewer and is_terminal() and has_windows():
            open_now = (each for each in self._viewers if each.poll() is None)
            self._viewers = [*open_now, _start_viewer(viewer, path)]

    def _help(self, _: Command) -> None:
        width = max(len(how) for how, _ in HELP)
        for how, what in HELP:
            say(f"  {how:<{width}}  {what}")

    def _show(self) -> None:
        show_heading(self.session.round, str(self.session.query))
        if self.session.round.is_weak:
            say("Nothing here matches well.")
        self._show_from(0)

    def _show_from(self, start: int) -> None:
        at = self.session.round
        results = at.results(start, self._page)
        self._shown[at.number] = max(
            self._shown.get(at.number, 0), min(start + self._page, len(at))
        )
        show_results(results, at)

    def _result(self, rank: int) -> Result:
        """Return one result of the current round."""
        self._ids((rank,))
        results = self.session.round.results(rank - 1, 1)
        if not results:
            raise InputError(f"The image {rank} is no longer in the collection.")
        return results[0]

    def _ids(self, ranks: Ranks) -> list[int]:
        at = self.session.round
        for rank in ranks:
            if not 1 <= rank <= len(at):
                raise InputError(f"There is no image {rank}; this round has 1 to {len(at)}.")
        places = [int(at.places(rank - 1, 1)[0]) for rank in ranks]
        ids: list[int] = at.context.images.table.ids[places].tolist() if places else []
        return ids

    def _describe_marks(self) -> str:
        """Return the current marks as a line."""
        kinds = [mark.kind for mark in self.session.round.current_marks().values()]
        verbs = {"relevant": "ticked", "irrelevant": "crossed", "found": "meant"}
        counts = [f"{kinds.count(kind)} {verb}" for kind, verb in verbs.items() if kind in kinds]
        return f"{', '.join(counts) or 'Nothing marked'}. Enter searches again."


def _start_viewer(viewer: str, path: Path) -> subprocess.Popen[bytes]:
    """Start a viewer that ignores Ctrl-C here and prints nothing here."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603
        [viewer, path], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    )
