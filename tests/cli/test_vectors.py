"""``firs vectors``, as a person types it."""

from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Firs


@pytest.fixture
def written(firs: Firs, indexed: Path, tmp_path: Path) -> Path:
    """The vectors of mini, in a file, and no longer in the collection."""
    firs("index", indexed, "--encoder", "mini")
    out = tmp_path / "vectors.npz"
    done = firs("vectors", "export", out, "--encoder", "mini", "--collection", indexed)
    assert (done.code, done.out.split(" are in ")[0]) == (0, "6 vectors of 256")
    removed = firs("encoders", "--remove", "mini", "--collection", indexed)
    assert removed.err == "6 vectors of mini removed; the images stay.\n"
    return out


def test_vectors_go_out_and_come_back(firs: Firs, indexed: Path, written: Path) -> None:
    assert "red.png" in np.load(written)["files"]
    done = firs("vectors", "import", written, "--encoder", "mini", "--collection", indexed)
    assert (done.code, done.out) == (0, "6 images have vectors of mini now.\n")
    found = firs("search", "red", "--encoder", "mini", "--paths", "--collection", indexed)
    assert len(found.out.splitlines()) == 6


def test_files_that_are_not_here_are_told(firs: Firs, indexed: Path, written: Path) -> None:
    (indexed / "red.png").unlink()
    firs("index", indexed, "--prune")
    done = firs("vectors", "import", written, "--encoder", "mini", "--collection", indexed)
    assert "5 images" in done.out
    assert "1 files are not in the collection" in done.err


def test_vectors_of_another_encoder_are_found_out(
    firs: Firs, indexed: Path, written: Path, tmp_path: Path
) -> None:
    content = dict(np.load(written))
    content["vectors"] = np.roll(content["vectors"], 1, axis=1)
    np.savez(tmp_path / "strange.npz", **content)
    failed = firs("vectors", "import", tmp_path / "strange.npz", "--encoder", "mini", "-c", indexed)
    assert failed.code == 1
    assert "is not by mini" in failed.err
    assert "mini" not in firs("info", "--collection", indexed).out


def test_what_is_left_out_is_asked_for(firs: Firs, indexed: Path, written: Path) -> None:
    for arguments, told in (
        (["vectors", "import", written], "Which encoder made these vectors?"),
        (["encoders", "--remove", "clip"], "no vectors of 'clip'"),
    ):
        failed = firs(*arguments, "--collection", indexed)
        assert failed.code == 1
        assert told in failed.err
