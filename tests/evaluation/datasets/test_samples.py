from pathlib import Path

import pytest

from firs.errors import InputError
from firs.evaluation.datasets import load_dataset
from firs.evaluation.datasets.samples import ensure_scenes


def test_scenes_are_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRS_CACHE", str(tmp_path))
    dataset = load_dataset("samples", Path(), "3")
    assert (dataset.name, len(dataset.image_ids), len(dataset.captions)) == (
        "3 drawn scenes",
        3,
        15,
    )
    drawn = dataset.files[0].stat().st_mtime_ns
    assert load_dataset("samples", Path(), "3").files[0].stat().st_mtime_ns == drawn


def test_drawing_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRS_CACHE", str(tmp_path))
    told: list[tuple[int, int]] = []
    ensure_scenes("2", lambda *done: told.append(done))
    ensure_scenes("2", lambda *done: told.append(done))
    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize("split", ["0", "dev", "-3", "1.5"])
def test_counts_that_cannot_be_meant(split: str) -> None:
    with pytest.raises(InputError, match="as in --split 1000"):
        load_dataset("samples", Path(), split)
