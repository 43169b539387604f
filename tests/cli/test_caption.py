import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firs.cli.caption import parse_prices
from firs.collection import Collection
from firs.errors import InputError
from tests.cli.conftest import COLOURS, Firs
from tests.refinement.chat_server import KEY, ChatServer, running


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    with running() as started:
        monkeypatch.setenv("FIRS_LLM_MODEL", "small")
        monkeypatch.setenv("FIRS_LLM_BASE_URL", started.url)
        monkeypatch.setenv("FIRS_LLM_KEY", KEY)
        yield started


def kept(folder: Path) -> dict[str, int]:
    with Collection(folder / ".firs", create=False) as collection:
        return collection.made_captions.counts()


def test_bank_captions_every_image_once(firs: Firs, indexed: Path) -> None:
    done = firs("caption", "-c", indexed)
    assert (done.code, done.out) == (0, f"{len(COLOURS)} images captioned.\n")
    [(key, count)] = kept(indexed).items()
    assert key.startswith("bank:fake:")
    assert count == len(COLOURS)
    assert firs("caption", "-c", indexed).err == "All images are captioned.\n"


def test_cost_is_shown_before_it_starts(firs: Firs, indexed: Path, server: ChatServer) -> None:
    done = firs("caption", "-c", indexed, "--captioner", "openai", "--yes", "--price", "1000,2000")
    first, cost = done.err.splitlines()[:2]
    assert first == f"{len(COLOURS)} images are to be sent, small, to {server.url[7:-3]}."
    assert cost == (
        "About 1,800 input and 72 output tokens, estimated from the first image: about 1.9440."
    )
    assert done.out == "5 images captioned.\n1,800 input tokens, 72 output tokens.\n"
    assert len(server.asked) == len(COLOURS)


def test_without_terminal_confirmation_is_required(
    firs: Firs, indexed: Path, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    done = firs("caption", "-c", indexed, "--captioner", "openai")
    assert done.code == 1
    assert "with --price the price is shown, too." in done.err
    assert "Confirm with the option --yes." in done.err
    assert len(server.asked) == 1


def test_it_resumes(firs: Firs, indexed: Path, server: ChatServer) -> None:
    firs("caption", "-c", indexed, "--captioner", "openai", "--yes", "--limit", "2")
    assert sum(kept(indexed).values()) == 2
    firs("caption", "-c", indexed, "--captioner", "openai", "--yes")
    assert len(server.asked) == len(COLOURS)
    assert sum(kept(indexed).values()) == len(COLOURS)


def test_captions_survive_a_server_failure(firs: Firs, indexed: Path, server: ChatServer) -> None:
    server.faults = ["ok", "gone", "gone", "gone", "gone", "gone"]
    done = firs("caption", "-c", indexed, "--captioner", "openai", "--yes", "--workers", "1")
    assert done.code == 1
    assert "Interrupted:" in done.err
    assert "Run it again to continue." in done.err
    assert sum(kept(indexed).values()) == 1
    assert KEY not in done.err + done.out


def test_refused_key_is_one_line(firs: Firs, indexed: Path, server: ChatServer) -> None:
    server.faults = [401]
    done = firs("caption", "-c", indexed, "--captioner", "openai", "--yes")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "refused the key; set another one: FIRS_LLM_KEY." in done.err


def test_options_override_the_environment(firs: Firs, indexed: Path, server: ChatServer) -> None:
    options = ("--model", "large", "--temperature", "0", "--limit", "1", "--yes")
    firs("caption", "-c", indexed, "--captioner", "openai", *options)
    assert (server.asked[0]["model"], server.asked[0]["temperature"]) == ("large", 0.0)


def test_captions_can_be_removed(firs: Firs, indexed: Path) -> None:
    firs("caption", "-c", indexed)
    told = firs("caption", "-c", indexed, "--forget").err
    assert told == f"The captions of {len(COLOURS)} pictures are removed.\n"
    assert kept(indexed) == {}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--captioner", "magic"), "no captioner called 'magic'"),
        (("--captioner", "openai"), "set FIRS_LLM_MODEL"),
        (("--price", "cheap"), "as in --price 0.1,0.4"),
        (("--temperature", "9"), "from 0 to 2"),
        (("--base-url", "nowhere"), "like http://localhost:11434/v1"),
    ],
)
def test_errors_are_one_line(
    firs: Firs,
    indexed: Path,
    options: tuple[str, ...],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FIRS_LLM_MODEL", raising=False)
    done = firs("caption", "-c", indexed, *options)
    assert done.code == 1
    assert told in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("typed", ["1", "1,2,3", "a,b", "-1,2", "nan,1"])
def test_prices_are_two_numbers(typed: str) -> None:
    with pytest.raises(InputError, match="Prices are of a million tokens"):
        parse_prices(typed)
