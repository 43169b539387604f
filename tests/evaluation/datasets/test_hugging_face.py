from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from firs.errors import InputError, MissingExtra
from firs.evaluation.datasets import load_dataset


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(MissingExtra, match=r"pip install 'qt-firs\[datasets\]'"):
        load_dataset("hugging-face", Path("someone/some-set"))


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    datasets: Any = pytest.importorskip("datasets", reason="needs the extra datasets")
    monkeypatch.setenv("FIRS_CACHE", str(tmp_path / "cache"))
    pictures = []
    for colour in ("red", "green"):
        pictures.append(str(tmp_path / f"{colour}.png"))
        Image.new("RGB", (8, 8), colour).save(pictures[-1])
    rows = datasets.Dataset.from_dict(
        {"image": pictures, "caption": [["red", "a red square"], ["green"]]}
    ).cast_column("image", datasets.Image())
    datasets.DatasetDict({"test": rows}).save_to_disk(tmp_path / "set")
    return tmp_path / "set"


def test_a_data_set_on_disk(saved: Path) -> None:
    dataset = load_dataset("hugging-face", saved)
    assert dataset.captions == ("red", "a red square", "green")
    with Image.open(dataset.files[1]) as picture:
        assert picture.getpixel((0, 0)) == (0, 128, 0)


def test_no_such_split(saved: Path) -> None:
    with pytest.raises(InputError, match="with the split 'dev' cannot be had"):
        load_dataset("hugging-face", saved, "dev")
