import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from firs.collection import Collection
from tests.cli.conftest import COLOURS, Firs


def test_report_and_next_command(firs: Firs, photos: Path) -> None:
    done = firs("index", photos, "--encoder", "fake")
    assert done.code == 0
    head, counts, after = done.out.splitlines()
    assert head == f"6 images in {photos / '.firs'}"
    assert counts.startswith("  6 new, ")
    assert after.endswith(f"--collection {photos / '.firs'}")


def test_next_command_from_inside_the_folder(
    firs: Firs, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photos / "more")
    done = firs("index", "..", "--encoder", "fake")
    assert done.out.splitlines()[-1] == 'Search them: firs search "what to see in the picture"'


@pytest.mark.parametrize(("cores", "name"), [(2, "openclip-b32"), (8, "siglip-base")])
def test_at_a_terminal_a_larger_encoder_is_recommended(
    firs: Firs, photos: Path, monkeypatch: pytest.MonkeyPatch, cores: int, name: str
) -> None:
    assert "larger encoder" not in firs("index", photos).err
    monkeypatch.setattr("firs.cli.index.is_terminal", lambda: True)
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    hint = firs("index", photos).err
    assert f"--encoder {name} (a download of" in hint
    assert "R@1" in hint


def test_second_run_adds_nothing(firs: Firs, indexed: Path) -> None:
    assert firs("index", indexed).out.splitlines()[1] == "  6 unchanged"


def test_kinds_of_changes_are_counted(firs: Firs, indexed: Path) -> None:
    shutil.move(indexed / "red.png", indexed / "more" / "rouge.png")
    (indexed / "blue.png").unlink()
    Image.new("RGB", (48, 32), "orange").save(indexed / "more" / "green.png")
    Image.new("RGB", (48, 32), "purple").save(indexed / "purple.png")
    told = firs("index", indexed).out.splitlines()[1]
    assert told.startswith(
        "  1 new, 1 changed, 1 moved, 3 unchanged, 1 missing from disk (--prune removes them), "
    )
    assert "1 removed" in firs("index", indexed, "--prune").out


def test_subfolder_uses_the_collection_of_its_parent(firs: Firs, indexed: Path) -> None:
    done = firs("index", indexed / "more")
    assert done.out.startswith(f"6 images in {indexed / '.firs'}\n")
    assert not (indexed / "more" / ".firs").exists()


def test_a_collection_elsewhere(firs: Firs, photos: Path, tmp_path: Path) -> None:
    done = firs("index", photos, "--collection", tmp_path / "else", "--encoder", "fake")
    assert done.out.startswith(f"6 images in {tmp_path / 'else'}\n")
    assert not (photos / ".firs").exists()


def test_a_server_is_named_by_its_address(firs: Firs, photos: Path) -> None:
    path = firs("index", photos, "--store", "/somewhere")
    assert (path.code, path.out) == (1, "")
    assert "milvus://HOST:19530/NAME, not /somewhere" in path.err
    both = firs("index", photos, "--store", "milvus://here/photos", "-c", photos)
    assert both.code == 2
    assert "not both" in both.err
    bad = firs("search", "red", "-c", "milvus://here/no-name")
    assert bad.code == 1
    assert "Write no_name instead" in bad.err
    assert not (photos / ".firs").exists()


def test_several_folders(firs: Firs, photos: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Image.new("RGB", (9, 9), "pink").save(other / "pink.png")
    apart = firs("index", photos, other)
    assert (apart.code, apart.err.count("\n")) == (1, 1)
    assert "--collection PATH" in apart.err
    both = firs("index", photos, other, "--collection", tmp_path / "both", "--encoder", "fake")
    assert both.out.startswith("7 images")


def test_captions_in_the_folder_and_by_option(firs: Firs, photos: Path, tmp_path: Path) -> None:
    (photos / "captions.tsv").write_text("image\tcaption\nred.png\tall red\nnone.png\tnothing\n")
    done = firs("index", photos, "--encoder", "fake")
    assert "1 new captions, 1 captions of unknown images" in done.out
    (tmp_path / "more.csv").write_text("image,caption\nred.png,very red\n")
    assert "1 new captions" in firs("index", photos, "--captions", tmp_path / "more.csv").out


def test_problems_are_listed_with_reasons(firs: Firs, photos: Path) -> None:
    for at in range(14):
        (photos / f"broken{at:02}.jpg").write_bytes(b"no picture" if at else b"")
    done = firs("index", photos, "--encoder", "fake")
    lines = done.out.splitlines()
    assert done.code == 0
    assert lines[2] == "14 files could not be read:"
    assert lines[3].endswith("broken00.jpg: empty file")
    assert lines[4].endswith("broken01.jpg: not an image")
    assert lines[13].startswith("  and 4 more; all of them: firs info --problems --collection ")
    listed = firs("info", "--problems", "--collection", photos).out.splitlines()
    assert len(listed) == 14


INTERRUPTED = """
import os, signal, tests.fakes
encode = tests.fakes.FakeEncoder.encode_images
def stopping(self, images):
    if self.embedded:
        os.kill(os.getpid(), signal.SIGINT)
    return encode(self, images)
tests.fakes.FakeEncoder.encode_images = stopping
"""


def test_ctrl_c_reports_progress_and_the_next_run_resumes(
    firs: Firs,
    tmp_path: Path,
    launched: Callable[[str], list[str]],
    here: dict[str, str],
) -> None:
    for at in range(150):
        Image.new("RGB", (8, 8), (at, 0, 255 - at)).save(tmp_path / f"{at:03}.png")
    command = [*launched(INTERRUPTED), "index", str(tmp_path), "--encoder", "fake"]
    stopped = subprocess.run(command, env=here, capture_output=True, text=True)
    assert stopped.returncode == 130
    assert stopped.stderr.startswith("Stopped. 64 new images were added, 64 are in the collection")
    assert stopped.stderr.count("\n") == 1
    again = firs("index", tmp_path)
    assert again.out.startswith("150 images")
    assert "86 new, 64 unchanged" in again.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "nowhere does not exist. Name a folder of photos."),
        (["empty"], "There are no pictures in empty"),
        (["photos", "--encoder", "clop"], "There is no encoder called 'clop'. "),
        (["photos", "--workers", "0"], "workers must be 1 or more"),
        (["photos", "--captions", "nowhere.tsv"], "nowhere.tsv cannot be read"),
    ],
)
def test_bad_input_is_one_clear_line(
    firs: Firs,
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(photos.parent)
    Path("empty").mkdir()
    failed = firs("index", *arguments)
    assert failed.code == 1
    assert failed.err.startswith("error: ")
    assert told in failed.err
    assert failed.err.count("\n") == 1
    assert failed.out == ""


def test_another_encoder_is_added(firs: Firs, indexed: Path) -> None:
    joined = firs("index", indexed, "--encoder", "mini")
    assert "6 encoded again by another encoder, 6 unchanged" in joined.out
    told = firs("info", "--collection", indexed).out
    assert "encoder     fake (" in told
    assert "encoder     mini (" in told
    for name in ("fake", "mini"):
        found = firs("search", "red", "--encoder", name, "--paths", "--collection", indexed)
        assert len(found.out.splitlines()) == 6
    absent = firs("search", "red", "--encoder", "siglip-base", "--collection", indexed)
    assert "has vectors of fake, mini, but none of 'siglip-base'" in absent.err


def test_images_without_an_embedding_are_reported(firs: Firs, indexed: Path) -> None:
    firs("index", indexed, "--encoder", "mini")
    Image.new("RGB", (9, 9), "pink").save(indexed / "pink.png")
    firs("index", indexed)
    told = firs("info", "--collection", indexed).out
    assert "1 lack one: firs index DIR --encoder mini" in told


def test_two_runs_at_once(firs: Firs, indexed: Path) -> None:
    from filelock import FileLock

    Image.new("RGB", (9, 9), "pink").save(indexed / "pink.png")
    with FileLock(indexed / ".firs" / "firs.lock"):
        failed = firs("index", indexed)
        assert failed.code == 1
        assert "Something else is adding to or changing the collection" in failed.err
        assert failed.err.count("\n") == 1
        assert firs("search", "red", "--collection", indexed, "--paths").code == 0
    assert "1 new" in firs("index", indexed).out


def test_a_disk_that_cannot_be_written(firs: Firs, photos: Path) -> None:
    in_the_way = photos / "red.png"
    failed = firs("index", photos, "--collection", in_the_way / "c", "--encoder", "fake")
    assert failed.code == 1
    assert failed.err.startswith("error: ")
    assert failed.err.count("\n") == 1


FULL = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))
"""


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files as POSIX does")
def test_a_full_disk_loses_nothing(
    firs: Firs, indexed: Path, launched: Callable[[str], list[str]], here: dict[str, str]
) -> None:
    for at in range(400):
        Image.new("RGB", (8, 8), (at % 256, at // 2, 9)).save(indexed / f"{at:03}.png")
    command = [*launched(FULL), "index", str(indexed)]
    failed = subprocess.run(command, env=here, capture_output=True, text=True)
    assert failed.returncode == 1
    assert failed.stderr.startswith("error: ")
    assert failed.stderr.count("\n") == 1
    with Collection(indexed / ".firs", create=False) as kept:
        assert len(kept) >= len(COLOURS)
    assert firs("index", indexed).out.startswith("406 images")


def test_adding_takes_one_encoder(firs: Firs, photos: Path) -> None:
    failed = firs("index", photos, "--encoder", "fake+other")
    assert failed.code == 1
    assert "takes one encoder at a time, as in: firs index DIR --encoder fake" in failed.err
    assert not (photos / ".firs").exists()


def test_an_index_is_chosen_and_verified(firs: Firs, indexed: Path) -> None:
    done = firs("index", "--collection", indexed, "--index", "hash", "--verify")
    head, texts, images = done.out.splitlines()
    assert head == "Index: hash"
    assert texts.startswith("  by 16 texts: recall@1 1.000 (0.8")
    assert images.startswith("  by 6 images: recall@1 1.000")
    told = firs("info", "--collection", indexed).out
    assert "index       hash\n" in told
    assert "by 16 texts: recall@1 1.000" in told
    assert firs("search", "red", "--collection", indexed, "--paths").out.startswith(str(indexed))


def test_an_index_is_chosen_while_photos_are_added(firs: Firs, photos: Path) -> None:
    done = firs("index", photos, "--encoder", "fake", "--index", "ivf")
    assert done.out.splitlines()[-1] == "Index: ivf"
    assert firs("index", photos).out.splitlines()[-1] == "Index: ivf"
    assert firs("index", photos, "--index", "auto").out.splitlines()[-1] == "Index: exact"


def test_unknown_index(firs: Firs, indexed: Path) -> None:
    failed = firs("index", "--collection", indexed, "--index", "tree")
    assert failed.code == 1
    assert "no index called 'tree'. Choose one of: exact, hash, ivf" in failed.err


def test_nothing_to_do(firs: Firs) -> None:
    failed = firs("index")
    assert failed.code == 2
    assert failed.err.startswith("error: Missing argument 'DIR...'")
