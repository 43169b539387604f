from dataclasses import replace
from pathlib import Path

import pytest

from firs.cli import rounds
from firs.expansion import ExpansionMatch
from firs.session import Session
from tests.session.grounds import ids, session

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def talk() -> Session:
    """Two rounds; the first image of the first is crossed, the fourth ticked."""
    made = session(9)
    first = ids(made.round)
    made.mark(relevant=[first[3]], irrelevant=[first[0]])
    made.next("rocchio", 3, shown=5)
    return made


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")


def test_lines_of_a_round(talk: Session, capsys: Captured) -> None:
    rounds.show_heading(talk.round, '"a dog"')
    rounds.show_results(talk.round.results(0, 3), talk.round)
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split("\t")[:2] == ["# round 1", "rocchio"]
    first, second = ids(talk.rounds[0]), ids(talk.round)
    cells = [line.split("\t") for line in lines]
    assert [cell[0] for cell in cells] == ["1", "2", "3"]
    assert [cell[1] for cell in cells] == [str(first.index(id_) + 1) for id_ in second[:3]]
    assert [cell[2] for cell in cells] == ["+" if id_ == first[3] else "." for id_ in second[:3]]
    assert [cell[3] for cell in cells] == [f"{id_}.jpg" for id_ in second[:3]]


def test_lines_of_the_first_round(talk: Session, capsys: Captured) -> None:
    rounds.show_heading(talk.rounds[0], '"a dog"')
    rounds.show_results(talk.rounds[0].results(0, 1), talk.rounds[0])
    first = ids(talk.rounds[0])[0]
    assert capsys.readouterr().out == f'# round 0\tsearch\t"a dog"\n1\t-\t-\t{first}.jpg\n'


@pytest.mark.usefixtures("terminal")
def test_round_in_a_terminal(talk: Session, capsys: Captured) -> None:
    rounds.show_heading(talk.round, '"a dog"')
    rounds.show_results(talk.round.results(), talk.round)
    told = capsys.readouterr().out
    assert "round 1 after 0 · rocchio · 8 images" in told
    assert "✓" in told
    assert "✗" not in told
    assert "was" in told
    assert "↑ 4" in told


@pytest.mark.usefixtures("terminal")
def test_first_round_in_a_terminal(talk: Session, capsys: Captured) -> None:
    rounds.show_heading(talk.rounds[0], '"a dog"')
    rounds.show_results(talk.rounds[0].results(), talk.rounds[0])
    told = capsys.readouterr().out
    assert '"a dog"' in told
    assert "✗" in told
    assert "was" not in told


@pytest.mark.usefixtures("terminal")
def test_hidden_images_come_back(talk: Session, capsys: Captured) -> None:
    talk.next("none", shown=3, again=False)
    back = talk.next("none")
    rounds.show_results(back.results(), back)
    assert capsys.readouterr().out.count("back") == 6


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_comparison(
    talk: Session, capsys: Captured, monkeypatch: pytest.MonkeyPatch, is_terminal: bool
) -> None:
    monkeypatch.setattr(rounds, "is_terminal", lambda: is_terminal)
    told = talk.compare(0, 1, 5)
    paths = {id_: Path(f"{id_}.jpg") for id_ in range(1, 10)}
    rounds.show_comparison(told, paths)
    out = capsys.readouterr().out
    gone = ids(talk.rounds[0])[0]
    if is_terminal:
        assert "left 2" in out
        assert f"1  →  -  {gone}.jpg" in out
    else:
        assert f"left\t1\t-\t{gone}.jpg\n" in out
        assert f"rose\t4\t1\t{ids(talk.rounds[0])[3]}.jpg\n" in out


@pytest.mark.parametrize("is_terminal", [False, True])
def test_why(
    talk: Session, capsys: Captured, monkeypatch: pytest.MonkeyPatch, is_terminal: bool
) -> None:
    monkeypatch.setattr(rounds, "is_terminal", lambda: is_terminal)
    [result] = talk.round.results(0, 1)
    rounds.show_why(result, {result.hit.id: result.hit.path})
    out = capsys.readouterr().out
    weight = result.mark_influences[0].weight
    path = result.hit.path
    if is_terminal:
        assert f"4 → 1  {path}" in out
        assert f"↑ {weight:.1f}  like ✓ {path}" in out
    else:
        assert out == f"{weight:+.2f}\t+\t{path}\n"


@pytest.mark.parametrize("is_terminal", [False, True])
def test_all_rounds(
    talk: Session, capsys: Captured, monkeypatch: pytest.MonkeyPatch, is_terminal: bool
) -> None:
    monkeypatch.setattr(rounds, "is_terminal", lambda: is_terminal)
    monkeypatch.setenv("COLUMNS", "200")
    talk.mark(found=ids(talk.round)[2])
    rounds.show_rounds(talk)
    out = capsys.readouterr().out
    if is_terminal:
        assert [line.split()[:3] for line in out.splitlines()] == [
            ["round", "after", "by"],
            ["0", "-", "search"],
            ["1", "0", "rocchio"],
        ]
    else:
        assert [line.split("\t")[:4] for line in out.splitlines()] == [
            ["0", "-", "search", "+1 -1"],
            ["1", "0", "rocchio", "=1"],
        ]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_why_by_expansion(
    talk: Session, capsys: Captured, monkeypatch: pytest.MonkeyPatch, is_terminal: bool
) -> None:
    monkeypatch.setattr(rounds, "is_terminal", lambda: is_terminal)
    [result] = talk.round.results(0, 1)
    told = replace(
        result, mark_influences=(), matched_via=(ExpansionMatch("words", ("a [red] dog",), 0.25),)
    )
    rounds.show_why(told, {})
    out = capsys.readouterr().out
    assert ("also found by: a [red] dog" if is_terminal else "+0.250\twords\ta [red] dog") in out
