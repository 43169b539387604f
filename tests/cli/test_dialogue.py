import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from firs.cli import repl as module
from firs.cli.repl import Dialogue
from firs.cli.repl_parser import HELP, NAMES
from firs.errors import FirsError, InputError
from firs.session import Marks, Session
from tests.session.grounds import ids, session
from tests.waiting import PATIENCE

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def talk() -> Session:
    return session(30)


@pytest.fixture
def typed(talk: Session, capsys: Captured) -> Callable[..., tuple[list[str], str]]:
    """Type some lines; what stood on stdout, and on stderr."""

    def call(*lines: str, page: int = 5) -> tuple[list[str], str]:
        Dialogue(talk, page).run(lines, forgiving=False)
        told = capsys.readouterr()
        return told.out.splitlines(), told.err

    return call


Typing = Callable[..., tuple[list[str], str]]


def test_the_first_page_is_shown(typed: Typing, talk: Session) -> None:
    out, err = typed()
    assert out[0] == '# round 0\tsearch\t"a dog"'
    assert [line.split("\t")[3] for line in out[1:]] == [f"{id_}.jpg" for id_ in ids(talk.round, 5)]
    assert err == ""


def test_marks_are_given_by_rank(typed: Typing, talk: Session) -> None:
    first = ids(talk.round, 30)
    _, err = typed("+3 5-6", "-2", "=4", "0 5")
    assert talk.round.marks == Marks(
        (first[2], first[5]), (first[1],), first[3], cleared=(first[4],)
    )
    assert err.splitlines()[0] == "3 ticked. Enter searches again."
    assert err.splitlines()[2] == f"The target: {first[3]}.jpg"
    assert err.splitlines()[-1] == "2 ticked, 1 crossed, 1 target. Enter searches again."


def test_ranks_are_those_of_the_current_round(typed: Typing, talk: Session) -> None:
    typed("-1", "next none", "+1")
    assert talk.rounds[1].marks.relevant == (ids(talk.rounds[0])[1],)


def test_images_on_later_pages_can_be_marked(typed: Typing, talk: Session) -> None:
    out, _ = typed("more", "+7")
    assert [line.split("\t")[0] for line in out[1:]] == [str(rank) for rank in range(1, 11)]
    assert talk.round.marks.relevant == (ids(talk.round)[6],)


def test_a_round_records_how_many_were_shown(typed: Typing, talk: Session) -> None:
    typed("more", "why 20", "+1", "n", "n bayes 2", "n rocchio(beta=1)", "n 0.5")
    told = [(each.method, each.strength, each.shown) for each in talk.rounds[1:]]
    assert told == [
        ("auto", 1, 10),
        ("bayes", 2, 5),
        ("rocchio(beta=1)", 1, 5),
        ("auto", 0.5, 5),
    ]


def test_enter_without_marks_starts_no_round(typed: Typing, talk: Session) -> None:
    _, err = typed("", "n")
    assert len(talk.rounds) == 1
    assert err.count("Nothing is marked") == 2


def test_seen_images_can_be_hidden(typed: Typing, talk: Session) -> None:
    first = ids(talk.round, 5)
    _, err = typed("hide-seen", "n", "show-seen", "n none")
    assert not set(first) & set(ids(talk.rounds[1], 30))
    assert set(first) <= set(ids(talk.rounds[2], 30))
    assert err.splitlines() == [
        "Images that were seen are left out from the next round on.",
        "Images that were seen are shown again from the next round on.",
    ]


def test_more_stops_at_the_last_page(typed: Typing) -> None:
    out, err = typed("more", "more", page=20)
    assert len(out) == 31
    assert err == "That was all: 30 images.\n"


def test_undo(typed: Typing, talk: Session) -> None:
    out, err = typed("+1", "+2", "undo", "n", "u", "u", "u")
    assert (talk.to_json()["events"], len(talk.rounds)) == ([], 1)
    assert "The last mark is undone. 1 ticked." in err
    assert "The last step is undone." in err
    assert err.splitlines()[-1] == "There is nothing to undo."
    assert [line for line in out if line.startswith("#")][-1].startswith("# round 0")


def test_undo_shows_the_previous_round(typed: Typing) -> None:
    out, _ = typed("+1", "n", "round 0", "-3", "round 1", "undo")
    assert [line.split("\t")[0] for line in out if line.startswith("#")] == [
        "# round 0",
        "# round 1",
        "# round 0",
        "# round 1",
        "# round 0",
    ]


def test_rounds_are_listed_and_selected(typed: Typing, talk: Session) -> None:
    out, _ = typed("+1", "n", "round", "r 0", "-2")
    assert out[-8].startswith("0\t-\tsearch\t+1\t")
    assert out[-7].startswith("1\t0\tauto\t\t")
    assert talk.rounds[0].marks.irrelevant == (ids(talk.rounds[0])[1],)


def test_a_branch_becomes_the_current_session(talk: Session, capsys: Captured) -> None:
    here = Dialogue(talk, 5)
    here.run(["+1", "n", "b", "+2", "u", "u", "u"], forgiving=False)
    assert here.session is not talk
    assert len(talk.to_json()["events"]) == 2
    assert here.session.to_json()["events"] == []


def test_compare(typed: Typing, talk: Session) -> None:
    out, err = typed("-1", "n none", "compare", "c 0", "c 1 1")
    left = f"left\t1\t-\t{ids(talk.rounds[0])[0]}.jpg"
    assert out.count(left) == 2
    assert "The first 5 images of the rounds 1 and 1 are the same." in err


def test_why(typed: Typing, talk: Session) -> None:
    out, err = typed("why 1", "+1", "n rocchio", "why 1")
    assert err.startswith("No mark moved it")
    assert out[-1].endswith(f"\t+\t{ids(talk.rounds[0])[0]}.jpg")


def test_help_lists_every_command(typed: Typing) -> None:
    _, err = typed("?")
    assert len(err.splitlines()) == len(HELP)
    told = " ".join(how for how, _ in HELP)
    assert all(name in told for name in NAMES if name != "help")


def test_every_command_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sessions.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| ")]
    told = {word for row in rows for code in re.findall(r"`(.*?)`", row) for word in code.split()}
    assert set(NAMES) <= told


def test_lines_after_quit_are_not_executed(typed: Typing, talk: Session) -> None:
    typed("+1", "quit", "+2")
    assert talk.round.marks.relevant == (ids(talk.round)[0],)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("+31", "no image 31; this round has 1 to 30"),
        ("why 31", "no image 31"),
        ("why", "given by number, not as ''"),
        ("open x", "not as 'x'"),
        ("round x", "not as 'x'"),
        ("r 5", "has no round 5"),
        ("compare", "no round before this one"),
        ("compare 0 9", "has no round 9"),
        ("next wish", "no feedback called 'wish'"),
        ("next rocchio bayes", "takes a method and a strength"),
        ("next 1 2", "takes a method and a strength"),
        ("next rocchio 11", "from 0 to 10"),
        ("next rocchio nan", "from 0 to 10"),
        ("next rocchio(", "named as in rocchio"),
        ("sheet", "let its name end in"),
        ("sheet nowhere/a.jpg", "no folder nowhere"),
        ("sheet ~nobody-at-all/a.jpg", "no folder"),
        ("+1 -1", "two things at once"),
        ("sing", "no command 'sing'"),
    ],
)
def test_a_mistake_changes_nothing_and_is_reported(
    talk: Session, capsys: Captured, line: str, told: str
) -> None:
    with pytest.raises(FirsError, match=told):
        Dialogue(talk, 5).run([line, "+1"], forgiving=False)
    assert talk.to_json()["events"] == []
    Dialogue(talk, 5).run([line, "+1"], forgiving=True)
    assert len(talk.to_json()["events"]) == 1
    hint, mistake, marked = capsys.readouterr().err.splitlines()[-3:]
    assert hint.startswith("+3 5 ticks")
    assert told in mistake
    assert marked.startswith("1 ticked")


def test_an_empty_round(talk: Session, capsys: Captured) -> None:
    Dialogue(talk, 5).run(["-1-30", "n"], forgiving=False)
    assert len(talk.round) == 0
    with pytest.raises(InputError, match="this round has 1 to 0"):
        Dialogue(talk, 5).run(["+1"], forgiving=False)


@pytest.fixture
def pictured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Of which the images are there."""
    monkeypatch.chdir(tmp_path)
    for number in range(1, 31):
        Image.new("RGB", (20, 20), (number * 8, 0, 0)).save(f"{number}.jpg")
    return session(30)


def test_a_sheet_of_the_results_shown(pictured: Session, capsys: Captured) -> None:
    Dialogue(pictured, 3).run(["more", "sheet six of them.png"], forgiving=False)
    with Image.open("six of them.png") as drawn:
        assert drawn.width == 1600
    assert f"Contact sheet: {Path.cwd() / 'six of them.png'}" in capsys.readouterr().err
    first = ids(pictured.round, 6)[-1]
    with pytest.raises(InputError, match="is one of the photos"):
        Dialogue(pictured, 6).run([f"sheet {first}.jpg"], forgiving=False)


@pytest.mark.skipif(sys.platform == "win32", reason="a script is the viewer")
def test_an_image_is_opened_in_a_viewer(
    pictured: Session, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = Path("bin/xdg-open")
    viewer.parent.mkdir()
    viewer.write_text('#!/bin/sh\nprintf %s "$1" > opened\n')
    viewer.chmod(0o755)
    monkeypatch.setenv("PATH", f"{viewer.parent.absolute()}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":0")
    path = f"{ids(pictured.round, 2)[1]}.jpg"
    Dialogue(pictured, 3).run(["open 2"], forgiving=False)
    assert capsys.readouterr().out.splitlines()[-1] == path
    assert not Path("opened").exists()
    monkeypatch.setattr(module, "is_terminal", lambda: True)
    here = Dialogue(pictured, 3)
    here.run(["open 2"], forgiving=False)
    [opened] = here._viewers
    assert opened.wait(PATIENCE) == 0
    assert Path("opened").read_text() == path
