import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import ir_measures
import pytest

from firs.collection import Collection
from firs.session import Session
from tests.cli.conftest import Firs
from tests.fakes import FakeEncoder
from tests.processes import CONTROLLED, Terminal, at_terminal

Typed = Callable[..., tuple[int, list[str], str]]


@pytest.fixture(autouse=True)
def inside(indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every session here is typed in the folder that was indexed."""
    monkeypatch.chdir(indexed)


@pytest.fixture
def typed(firs: Firs, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Run ``firs session`` with a script on stdin."""

    def call(*arguments: str, script: str = "") -> tuple[int, list[str], str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(script))
        done = firs("session", *arguments)
        return done.code, done.out.splitlines(), done.err

    return call


def id_in(lines: list[str]) -> str:
    """The id that the first line tells."""
    told = re.fullmatch(r"# session (\w{10})\t.*", lines[0])
    assert told
    return told[1]


@contextmanager
def reopened(folder: Path, id_: str) -> Iterator[Session]:
    with Collection(folder / ".firs", FakeEncoder(), create=False) as collection:
        yield Session.open(collection, id_)


def test_a_script(typed: Typed, indexed: Path) -> None:
    code, out, err = typed("red", "-k", "2", script="+2\n-1\nnext rocchio\n=1\n")
    assert code == 0
    assert out[0].endswith('\t"red"')
    assert out[1] == '# round 0\tsearch\t"red"'
    assert out[2] == f"1\t-\t.\t{indexed / 'red.png'}"
    assert out[4].startswith("# round 1\trocchio\t")
    assert len(out) == 7
    assert err.splitlines()[-1] == f"Saved. Continue with: firs session --open {id_in(out)}"
    with reopened(indexed, id_in(out)) as talk:
        assert [each.method for each in talk.rounds] == ["search", "rocchio"]
        assert talk.round.marks.found is not None


def test_options_are_those_of_a_search(typed: Typed) -> None:
    asked = [
        "red",
        "--image",
        "blue.png",
        "--not",
        "green",
        "--weight",
        "image=2",
        "--strategy",
        "late-fusion",
    ]
    code, out, _ = typed(*asked, "--like", "1", "-k", "3")
    assert code == 0
    assert out[0].endswith('\t"red" + 2 * blue.png + #1 - "green"')


def test_open_resumes_a_session(typed: Typed, indexed: Path) -> None:
    _, out, _ = typed("red", script="+1\nn\n")
    id_ = id_in(out)
    code, again, err = typed("--open", id_, script="undo\n-2\n")
    assert code == 0
    assert (id_in(again), again[1].split("\t")[0]) == (id_, "# round 1")
    assert "The last step is undone." in err
    with reopened(indexed, id_) as talk:
        assert len(talk.rounds) == 1
        assert len(talk.round.marks.irrelevant) == 1


def test_the_list(typed: Typed) -> None:
    code, out, err = typed("--list")
    assert (code, out) == (0, [])
    assert err == 'There are no sessions yet. Start one: firs session "a black cat"\n'
    ids = [id_in(typed(word, script="+1\nn\n" * count)[1]) for count, word in enumerate(["a", "b"])]
    rows = [line.split("\t") for line in typed("--list")[1]]
    assert [(row[0], row[2], row[3]) for row in rows] == [
        (ids[1], "2", '"b"'),
        (ids[0], "1", '"a"'),
    ]
    assert typed("--forget", ids[1])[2] == f"The session {ids[1]} is removed.\n"
    assert [line.split("\t")[0] for line in typed("--list")[1]] == [ids[0]]


def test_list_in_a_terminal(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = id_in(typed("red [bold]")[1])
    monkeypatch.setattr("firs.cli.rounds.is_terminal", lambda: True)
    head, row = typed("--list")[1]
    assert head.split() == ["id", "changed", "rounds", "query"]
    assert row.startswith(id_)
    assert row.rstrip().endswith('"red [bold]"')


def test_an_export_is_replayed(typed: Typed, tmp_path: Path, indexed: Path) -> None:
    id_ = id_in(typed("red", script="+1\nn rocchio\n-2\nn\n")[1])
    file = tmp_path / "red.json"
    code, out, err = typed("--open", id_, "--export", str(file))
    assert (code, len(out), err) == (0, 1, f"Written: {file}\n")
    assert json.loads(file.read_text())["id"] == id_
    code, out, _ = typed("--replay", str(file))
    assert code == 0
    assert id_in(out) != id_
    with reopened(indexed, id_) as one, reopened(indexed, id_in(out)) as other:
        assert [each.summary for each in one.rounds] == [each.summary for each in other.rounds]


def test_a_run(typed: Typed, tmp_path: Path) -> None:
    id_ = id_in(typed("red", script="+1\nn\n")[1])
    file = tmp_path / "red.run"
    assert typed("--open", id_, "--run", str(file))[0] == 0
    run = list(ir_measures.read_trec_run(str(file)))  # type: ignore[no-untyped-call]
    assert {line.query_id for line in run} == {f"{id_}.0", f"{id_}.1"}


def test_warnings_of_a_replay(typed: Typed, indexed: Path, firs: Firs) -> None:
    id_ = id_in(typed("red", script="+1 2\n")[1])
    (indexed / "red.png").unlink()
    firs("index", indexed, "--prune")
    _, _, err = typed("--open", id_)
    assert err.splitlines()[0].startswith("The collection has changed since")
    assert err.splitlines()[1].startswith("1 marked image is no longer")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Describe what to find"),
        (["--weight", "text=2"], "Describe what to find"),
        (["red", "--open", "abc"], "Choose one of a query and --open."),
        (["--list", "--replay", "a.json"], "Choose one of --replay and --list."),
        (["--open", "abc"], "no session 'abc'; it may have been deleted"),
        (["--forget", "abc"], "no session 'abc'; it may have been deleted"),
        (["--replay", "nowhere.json"], "nowhere.json cannot be read"),
        (["--replay", "red.png"], "not a session exported by QT-FIRS"),
        (["red", "--export", "red.png"], "already exists; name a new file"),
        (["red", "--run", "nowhere/a.run"], "nowhere/a.run cannot be written"),
        (["--not", "red"], "only says what not to find"),
        (["red", "--like", "99"], "no image with the id 99"),
        (["red", "--strategy", "soon"], "no query strategy called 'soon'"),
        (["red", "--encoder", "mini"], "none of 'mini'"),
        (["red", "--collection", "nowhere"], "There is no collection in"),
    ],
)
def test_bad_input_is_one_clear_line(typed: Typed, arguments: list[str], told: str) -> None:
    code, _, err = typed(*arguments)
    assert code == 1
    assert err.startswith("error: ")
    assert told in err
    assert err.count("\n") == 1


def test_page_size_must_be_positive(typed: Typed) -> None:
    assert typed("red", "-k", "0")[0] == 2


def test_a_mistake_ends_a_script_without_loss(typed: Typed, indexed: Path) -> None:
    code, out, err = typed("red", script="+1\n+99\n+2\n")
    assert code == 1
    assert err.splitlines()[-1] == "error: There is no image 99; this round has 1 to 6."
    with reopened(indexed, id_in(out)) as talk:
        assert len(talk.round.marks.relevant) == 1


def test_collection_elsewhere_is_named(
    typed: Typed, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    _, _, err = typed("red", "-c", str(indexed))
    assert err.rstrip().endswith(f" --collection {indexed / '.firs'}")


def test_stdin_may_have_any_bytes(
    indexed: Path, launched: Callable[[str], list[str]], here: dict[str, str]
) -> None:
    done = subprocess.run(
        [*launched(""), "session", "red"], input=b"+1\n\xff\xfe\n", env=here, capture_output=True
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(b"error: There is no command")


@pytest.fixture
def person(launched: Callable[[str], list[str]], here: dict[str, str]) -> Iterator[Terminal]:
    with at_terminal([*launched(CONTROLLED), "session", "red", "-k", "3"], here) as terminal:
        yield terminal


@pytest.mark.parametrize(("key", "code"), [("\x04", 0), ("\x03", 130), ("quit\n", 0)])
def test_the_session_is_saved_however_it_ends(
    person: Terminal, key: str, code: int, indexed: Path
) -> None:
    person.wait_for("round 0> ")
    assert "+3 5 ticks, -2 crosses, Enter searches again" in person.seen
    person.wait_for("round 0> ", "+2\n")
    person.wait_for("round 0> ", "+7 wrong\n")
    person.wait_for("round 1> ", "\n")
    assert person.leave(key) == code
    told = re.search(r"Saved\. Continue with: firs session --open (\w+)", person.seen)
    assert told
    assert "Traceback" not in person.seen
    assert "✓" in person.seen
    with reopened(indexed, told[1]) as talk:
        assert len(talk.rounds) == 2
