import shlex
import subprocess
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image

from firs.collection import Collection
from firs.demo import QUERIES, main

SCENES = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a demo")


def run_in(folder: Path) -> str:
    """Run the demo and return what it prints."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as out:
        patch.setattr("firs.demo.SCENES", SCENES)
        assert main([str(folder)]) == 0
    return out.getvalue()


@pytest.fixture(scope="module")
def output(folder: Path) -> str:
    """The output of the first run."""
    return run_in(folder)


def test_it_copies_indexes_searches_and_writes_contact_sheets(folder: Path, output: str) -> None:
    with Collection(folder / "scenes" / ".firs", create=False) as collection:
        assert len(collection) == SCENES
    for query in QUERIES:
        assert query in output
    assert f"firs serve '{folder}/scenes'" in output
    for name in ("by-words.jpg", "by-picture.jpg"):
        assert str(folder / name) in output
        with Image.open(folder / name) as sheet:
            assert sheet.width == 1600


def test_it_can_be_run_again(folder: Path, output: str) -> None:
    assert f"0 new; {SCENES} in the collection" in run_in(folder)


def test_a_suggested_command_works(folder: Path, output: str) -> None:
    line = next(line for line in output.splitlines() if "--sheet" in line)
    done = subprocess.run(shlex.split(line), capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == SCENES
    assert (folder / "mine.jpg").exists()


def test_a_folder_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main([str(tmp_path / "file")]) == 1
    message = capsys.readouterr().err
    assert message.startswith("error: ")
    assert message.count("\n") == 1
