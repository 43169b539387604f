from pathlib import Path

import pytest

from tests.cli.conftest import COLOURS, Firs


@pytest.fixture(autouse=True)
def inside(indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(indexed)


def scores(firs: Firs, *options: str) -> str:
    return firs("search", "red wall", "--csv", *options).out


def test_calibrate_ignore_and_remove(firs: Firs) -> None:
    before = scores(firs)
    done = firs("calibrate", "--bank", "everyday")
    assert done.code == 0
    assert done.out == (
        f"The scores of {len(COLOURS)} images are calibrated with 2,000 texts (everyday).\n"
    )
    assert scores(firs) != before
    assert scores(firs, "--no-calibration") == before
    assert firs("calibrate", "--forget").out == "The calibration is removed.\n"
    assert firs("calibrate", "--forget").out == "The collection was not calibrated.\n"
    assert scores(firs) == before


def test_calibrate_with_captions(firs: Firs, tmp_path: Path, indexed: Path) -> None:
    lines = [f"{colour}.png\t{colour} wall {n}" for colour in COLOURS for n in range(80)]
    told = tmp_path / "told.tsv"
    told.write_text("\n".join(["image\tcaption", *lines]))
    assert firs("index", indexed, "--captions", told).code == 0
    done = firs("calibrate")
    assert "320 texts (captions)" in done.out  # those of two images are kept to fit by
    assert "Probabilities were fitted" in done.out


@pytest.mark.parametrize(
    ("options", "told"),
    [([], "100 texts or more, and here are 0"), (["--bank", "mine"], "there is no 'mine'")],
)
def test_errors_are_reported(firs: Firs, options: list[str], told: str) -> None:
    done = firs("calibrate", *options)
    assert done.code == 1
    assert done.err.startswith("error: ")
    assert told in done.err
