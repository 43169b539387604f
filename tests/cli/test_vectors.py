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
    assert (done.code, done.out.split(" are in ")[0]) == (0, "6 vectors of 512")
    removed = firs("encoders", "--remove", "mini", "--collection", indexed)
    assert removed.err == "6 vectors of mini removed; the images stay.\n"
    return out


def test_export_and_import(firs: Firs, indexed: Path, written: Path) -> None:
    assert "red.png" in np.load(written)["files"]
    done = firs("vectors", "import", written, "--encoder", "mini", "--collection", indexed)
    assert (done.code, done.out) == (0, "6 images have vectors of mini now.\n")
    found = firs("search", "red", "--encoder", "mini", "--paths", "--collection", indexed)
    assert len(found.out.splitlines()) == 6


def test_unknown_files_are_reported(firs: Firs, indexed: Path, written: Path) -> None:
    (indexed / "red.png").unlink()
    firs("index", indexed, "--prune")
    done = firs("vectors", "import", written, "--encoder", "mini", "--collection", indexed)
    assert "5 images" in done.out
    assert "1 files are not in the collection" in done.err


def test_embeddings_of_another_encoder_are_refused(
    firs: Firs, indexed: Path, written: Path, tmp_path: Path
) -> None:
    content = dict(np.load(written))
    content["vectors"] = np.roll(content["vectors"], 1, axis=1)
    np.savez(tmp_path / "strange.npz", **content)
    failed = firs("vectors", "import", tmp_path / "strange.npz", "--encoder", "mini", "-c", indexed)
    assert failed.code == 1
    assert "is not by mini" in failed.err
    assert "mini" not in firs("info", "--collection", indexed).out


def test_missing_arguments(firs: Firs, indexed: Path, written: Path) -> None:
    for arguments, told in (
        (["vectors", "import", written], "Which encoder made these vectors?"),
        (["encoders", "--remove", "clip"], "no vectors of 'clip'"),
    ):
        failed = firs(*arguments, "--collection", indexed)
        assert failed.code == 1
        assert told in failed.err


def test_images_are_added_without_pictures(firs: Firs, tmp_path: Path) -> None:
    matrix = np.random.default_rng(0).standard_normal((12, 7)).astype(np.float32)
    ids = [f"{number:03d}" for number in range(11)] + ["/photos/11.jpg"]
    np.savez(tmp_path / "own.npz", embeddings=matrix, image_ids=np.array(ids))
    arguments = ["vectors", "import", tmp_path / "own.npz", "-c", tmp_path / "own.firs"]
    assert firs(*arguments, "--encoder", "mine").code == 1
    done = firs(*arguments, "--encoder", "mine", "--add-missing")
    assert (done.code, done.out) == (0, "12 images have vectors of mine now.\n")
    assert "There is no encoder 'mine'" in done.err
    found = firs("search", "--like", "12", "-k", "12", "--paths", "-c", tmp_path / "own.firs")
    assert found.out.splitlines()[0] == "/photos/11.jpg"
    assert str(tmp_path / "000") in found.out.splitlines()
    failed = firs("search", "red", "-c", tmp_path / "own.firs")
    assert failed.code == 1
    assert "no encoder called 'mine'" in failed.err


def test_a_wrong_encoder_or_a_wrong_length_is_refused(firs: Firs, tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", vectors=np.ones((2, 7)), files=np.array(["a", "b"]))
    arguments = ["vectors", "import", tmp_path / "own.npz", "-c", tmp_path / "own.firs"]
    for encoder, message in (("mini", "512 finite numbers"), ("onnx:absent", "")):
        failed = firs(*arguments, "--encoder", encoder, "--add-missing")
        assert failed.code == 1
        assert message in failed.err
    assert "images      0" in firs("info", "-c", tmp_path / "own.firs").out
