"""The command line run in this process, with the stand-in encoder among the real ones."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

from firs.cli import run
from firs.encoders import ENCODERS

COLOURS = ("red", "green", "blue", "yellow", "white", "black")

LAUNCHER = """
import sys
from firs.encoders import ENCODERS
ENCODERS._members["fake"] = "tests.fakes:FakeEncoder"
from firs.cli import main
{before}
main()
"""


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


Firs = Callable[..., Outcome]


@pytest.fixture
def firs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Firs:
    """Run ``firs`` with these arguments."""
    monkeypatch.setitem(ENCODERS._members, "fake", "tests.fakes:FakeEncoder")
    monkeypatch.setitem(ENCODERS._members, "other", "tests.fakes:other")

    def call(*arguments: str | Path) -> Outcome:
        code = run([str(argument) for argument in arguments])
        return Outcome(code, *capsys.readouterr())

    return call


@pytest.fixture
def launched() -> Callable[[str], list[str]]:
    """The command that runs ``firs`` in a process of its own, after some Python of the test's."""

    def command(before: str = "") -> list[str]:
        return [sys.executable, "-c", LAUNCHER.format(before=before)]

    return command


@pytest.fixture
def here() -> dict[str, str]:
    """An environment in which a new process finds the tests."""
    places = str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, places))}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with a plain square of each colour."""
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for at, colour in enumerate(COLOURS):
        place = folder / "more" if at % 2 else folder
        Image.new("RGB", (48, 32), colour).save(place / f"{colour}.png")
    return folder


@pytest.fixture
def indexed(photos: Path, firs: Firs) -> Path:
    """The same, indexed with the stand-in encoder."""
    assert firs("index", photos, "--encoder", "fake").code == 0
    return photos
