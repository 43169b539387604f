"""The prompt of ``firs session``: each typed line is executed, and its outcome printed."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from firs.cli.console import (
    check_sheet,
    has_windows,
    is_terminal,
    one_line,
    output,
    save_sheet,
    say,
    write_row,
)
from firs.cli.repl_parser import HELP, Marking, Ranks, method_and_strength, number, parse_line
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


class Dialogue:
    """Executor of typed lines; ``_do_NAME`` executes the command ``NAME``.

    Args:
        session: the current session; ``branch`` replaces it.
        page: how many images to show at once.
    """

    def __init__(self, session: Session, page: int) -> None:
        self.session = session
        self._page = page
        self._again = True
        self._shown: dict[int, int] = {}
        self._suggestions: tuple[Suggestion, ...] = ()
        self._refiner = ""
        self._viewers: list[subprocess.Popen[bytes]] = []

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
            getattr(self, f"_do_{parsed.name.replace('-', '_')}")(parsed.rest)
        return True

    def _mark(self, marks: Marking) -> None:
        found = None if marks.found is None else self._ids((marks.found,))[0]
        self.session.mark(
            self._ids(marks.relevant), self._ids(marks.irrelevant), found, self._ids(marks.clear)
        )
        if marks.found is not None:
            say(f"The target: {one_line(str(self._result(marks.found).hit.path))}")
        say(self._describe_marks())

    def _do_next(self, words: str) -> None:
        method, strength = method_and_strength(words.split())
        if method == DEFAULT and self._again and not self.session.round.current_marks():
            say("Nothing is marked: +3 ticks, -3 crosses, more shows more; ? lists all commands.")
            return
        at = self.session.round
        self.session.next(method, strength, shown=self._shown.get(at.number, 0), again=self._again)
        self._show()

    def _do_more(self, _: str) -> None:
        at = self.session.round
        start = self._shown.get(at.number, 0)
        if start >= len(at):
            say(f"That was all: {len(at):,} images.")
        self._show_from(start)

    def _do_undo(self, _: str) -> None:
        at = self.session.round
        if not self.session.undo():
            say("There is nothing to undo.")
        elif self.session.round is at:
            say(f"The last mark is undone. {self._describe_marks()}")
        else:
            self._shown.pop(len(self.session.rounds), None)
            say("The last step is undone.")
            self._show()

    def _do_branch(self, _: str) -> None:
        before = self.session.id
        self.session = self.session.branch()
        self._shown.clear()
        say(f"This is the session {self.session.id} now; {before} stays as it is.")
        self._show()

    def _do_round(self, words: str) -> None:
        if not words:
            show_rounds(self.session)
            return
        self.session.go(number(words))
        self._show()

    def _do_compare(self, words: str) -> None:
        a, b = self._two_rounds([number(word) for word in words.split()])
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

    def _do_why(self, words: str) -> None:
        result = self._result(number(words))
        marked = [each.id for each in result.mark_influences]
        show_why(result, self.session.round.context.paths(marked))
        if not (result.mark_influences or result.term_influences or result.matched_via):
            say("No mark moved it: it is not similar to any marked image, or there are none.")

    def _do_suggest(self, words: str) -> None:
        names = words.split()
        if len(names) > 2:
            raise InputError("Suggest takes a refiner and a captioner, as in: suggest llm openai")
        refiner, captioner = (*names, *(TERMS, BANK)[len(names) :])
        refinement = self.session.refine(refiner, captioner)
        self._suggestions, self._refiner = refinement.suggestions, refinement.by
        for place, each in enumerate(self._suggestions, start=1):
            _show_suggestion(place, each, refinement.text)
        say(one_line(refinement.summary))
        if self._suggestions:
            say("accept 1 also searches for the first; accept WORDS for words of your own.")

    def _do_accept(self, words: str) -> None:
        if not words:
            raise InputError(
                "Accept which one? Type accept 1, or accept WORDS for words of your own."
            )
        is_number = re.fullmatch(r"\d{1,3}", words)
        self.session.accept(
            self._suggestion(int(words)) if is_number else words,
            by=self._refiner if is_number else "typed",
            shown=self._shown.get(self.session.round.number, 0),
            again=self._again,
        )
        self._suggestions = ()
        self._show()

    def _suggestion(self, number: int) -> Suggestion:
        if not 1 <= number <= len(self._suggestions):
            raise InputError(f"There is no suggestion {number}. Type suggest to get suggestions.")
        chosen = self._suggestions[number - 1]
        if chosen.drifts:
            raise InputError(
                f"Suggestion {number} is far from your query, so it is not accepted by number. "
                f"To use it anyway, type: accept {chosen.text}"
            )
        return chosen

    def _do_hide_seen(self, _: str) -> None:
        self._again = False
        say("Images that were seen are left out from the next round on.")

    def _do_show_seen(self, _: str) -> None:
        self._again = True
        say("Images that were seen are shown again from the next round on.")

    def _do_sheet(self, words: str) -> None:
        file = Path(os.path.expanduser(words))  # noqa: PTH111, never raises
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

    def _do_open(self, words: str) -> None:
        path = self._result(number(words)).hit.path
        sys.stdout.write(f"{path}\n")
        viewer = next(filter(None, map(shutil.which, ("xdg-open", "open"))), None)
        if viewer and is_terminal() and has_windows():
            open_now = (each for each in self._viewers if each.poll() is None)
            self._viewers = [*open_now, _start_viewer(viewer, path)]

    def _do_help(self, _: str) -> None:
        width = max(len(how) for how, _ in HELP)
        for how, what in HELP:
            say(f"  {how:<{width}}  {what}")

    def _show(self) -> None:
        show_heading(self.session.round, self.session.summary)
        if self.session.round.is_weak:
            say("Nothing here matches well.")
        self._show_from(0)

    def _show_from(self, start: int) -> None:
        at = self.session.round
        end = min(start + self._page, len(at))
        self._shown[at.number] = max(self._shown.get(at.number, 0), end)
        show_results(at.results(start, self._page), at)

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
        verbs = {"relevant": "ticked", "irrelevant": "crossed", "found": "target"}
        counts = [f"{kinds.count(kind)} {verb}" for kind, verb in verbs.items() if kind in kinds]
        return f"{', '.join(counts) or 'Nothing marked'}. Enter searches again."


def _start_viewer(viewer: str, path: Path) -> subprocess.Popen[bytes]:
    """Start a viewer that ignores Ctrl-C here and prints nothing here."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603
        [viewer, path], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    )


def _show_suggestion(number: int, each: Suggestion, old: str) -> None:
    if not is_terminal():
        pieces = difference(old, each.text)
        changed = "".join(f"[{_SIGNS[piece.kind]}{piece.text}]" for piece in pieces)
        flag = "drifts" if each.drifts else "-"
        write_row(number, each.label, changed, each.why, flag)
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
