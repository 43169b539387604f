"""Suggestions at the prompt, over a collection of coloured squares."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firs.cli.repl import Dialogue
from firs.collection import Collection
from firs.errors import InputError
from firs.session import Session
from tests.cli.conftest import COLOURS
from tests.fakes import FakeEncoder

Captured = pytest.CaptureFixture[str]
Typing = Callable[..., tuple[list[str], list[str]]]


@pytest.fixture
def collection(photos: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collection]:
    monkeypatch.setenv("FIRS_CACHE", str(photos.parent / "cache"))
    monkeypatch.delenv("FIRS_LLM_MODEL", raising=False)
    warm = {"red", "yellow"}
    captions = {f"{each}.png": ["warm glow" if each in warm else "cold shade"] for each in COLOURS}
    with Collection(photos / ".firs", FakeEncoder()) as opened:
        opened.add(photos)
        opened.add(photos, captions=captions)
        yield opened


@pytest.fixture
def talk(collection: Collection) -> Session:
    begun = Session.start(collection, "red")
    wanted = {each.hit.path.stem: each.hit.id for each in begun.round.results(0, 6)}
    begun.mark([wanted["red"], wanted["yellow"]])
    return begun


@pytest.fixture
def typed(talk: Session, capsys: Captured) -> Typing:
    """Type some lines; what then stands on stdout, after the first page, and on stderr."""

    def call(*lines: str) -> tuple[list[str], list[str]]:
        Dialogue(talk, 3).run(lines, forgiving=False)
        told = capsys.readouterr()
        return told.out.splitlines()[4:], told.err.splitlines()

    return call


def test_suggestions_come_with_their_difference(typed: Typing, talk: Session) -> None:
    out, err = typed("suggest")
    told = ["1", "+ warm glow", "[red,][+warm glow]", "in captions of 2 of the 2 relevant images"]
    assert out[0].split("\t")[:4] == told
    assert any(line.split("\t")[1] == "− cold shade" for line in out)
    assert err[0] == "From the captions of the ticked images (bank)."
    assert len(talk.rounds) == 1


def test_a_suggestion_is_accepted_and_undone(
    typed: Typing, talk: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firs.refinement.language_model.MIN_SIMILARITY", -2.0)
    out, _ = typed("s", "a 1", "undo")
    heads = [line for line in out if line.startswith("# round")]
    assert heads[0].startswith("# round 1\trefine\talso searched for + warm glow")
    assert heads[1].startswith("# round 0")
    assert len(talk.rounds) == 1


def test_typed_words_are_accepted(typed: Typing, talk: Session) -> None:
    typed("accept blue")
    assert talk.round.text == "blue"
    moved = [each.hit.rank for each in talk.round.results(0, 6) if each.term_influences]
    out, _ = typed(f"why {moved[0]}")
    assert out[-1].split("\t")[1:] == ["added", "blue"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["accept 1"], "no suggestion 1. Type suggest"),
        (["suggest", "accept 99"], "no suggestion 99"),
        (["accept"], "Accept which"),
        (["suggest magic"], "no refiner called 'magic'"),
        (["suggest terms magic"], "no captioner called 'magic'"),
        (["suggest a b c"], "takes a refiner and a captioner"),
    ],
)
def test_errors_change_nothing(typed: Typing, talk: Session, lines: list[str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        typed(*lines)
    assert len(talk.rounds) == 1


def test_drifting_suggestion_is_not_accepted_by_number(
    typed: Typing, talk: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firs.refinement.language_model.MIN_SIMILARITY", 2.0)
    with pytest.raises(InputError, match="To use it anyway, type: accept red, warm glow"):
        typed("suggest", "accept 1")
    assert len(talk.rounds) == 1


def test_no_language_model(typed: Typing) -> None:
    _, err = typed("suggest llm")
    assert err == ["The query stays as it is: No language model is named: set FIRS_LLM_MODEL."]
