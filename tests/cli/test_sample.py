from pathlib import Path

import pytest

from tests.cli.conftest import Firs


def test_some_scenes_and_the_next_command(firs: Firs, tmp_path: Path) -> None:
    folder = tmp_path / "my scenes"
    done = firs("sample", folder, "3")
    assert done.code == 0
    assert len(list(folder.glob("*.jpg"))) == 3
    assert (folder / "captions.tsv").is_file()
    assert done.err.startswith("3 of 240 scenes and their captions (captions.tsv) are in ")
    assert done.err.endswith(f"  firs index '{folder}'\n")


def test_without_a_number_all_scenes(firs: Firs, tmp_path: Path) -> None:
    assert firs("sample", tmp_path).err.startswith("All 240 sample scenes")
    assert len(list(tmp_path.glob("*.jpg"))) == 240


@pytest.mark.parametrize("count", ["0", "241"])
def test_an_impossible_number_is_one_clear_line(firs: Firs, tmp_path: Path, count: str) -> None:
    failed = firs("sample", tmp_path / "none", count)
    assert failed.code == 1
    assert failed.err == (
        f"error: There are 240 sample scenes: {count} is out of range. "
        "Choose a number from 1 to 240.\n"
    )
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_written_is_one_clear_line(firs: Firs, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    failed = firs("sample", tmp_path / "file" / "scenes", "1")
    assert failed.code == 1
    assert failed.err.startswith("error: Cannot write scenes to ")
    assert failed.err.count("\n") == 1
