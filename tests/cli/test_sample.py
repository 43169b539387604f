from pathlib import Path

import pytest

from tests.cli.conftest import Firs


def test_scenes_and_captions_and_what_to_type_next(firs: Firs, tmp_path: Path) -> None:
    folder = tmp_path / "my scenes"
    done = firs("sample", folder, "--count", "3", "--seed", "5")
    assert done.code == 0
    assert len(list(folder.glob("*.jpg"))) == 3
    assert (folder / "captions.tsv").is_file()
    assert done.err.endswith(f"  firs index '{folder}'\n")


def test_the_same_seed_draws_the_same(firs: Firs, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        firs("sample", tmp_path / name, "--count", "1", "--seed", seed)
    first, again, other = (next((tmp_path / name).glob("*.jpg")).read_bytes() for name in "abc")
    assert first == again
    assert first != other


@pytest.mark.parametrize("count", ["0", "-4"])
def test_none_at_all(firs: Firs, tmp_path: Path, count: str) -> None:
    failed = firs("sample", tmp_path / "none", "--count", count)
    assert failed.code == 1
    assert failed.err == f"error: Cannot draw {count} scenes. Ask for at least 1.\n"


def test_a_place_that_cannot_be_written(firs: Firs, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    failed = firs("sample", tmp_path / "file" / "scenes", "--count", "1")
    assert failed.code == 1
    assert failed.err.startswith("error: Cannot write scenes to ")
    assert failed.err.count("\n") == 1
