import json
from pathlib import Path

import pytest

from firs.errors import InputError
from firs.evaluation.datasets import load_dataset
from firs.evaluation.datasets import published as module
from firs.evaluation.datasets.formats import Expected


def write(home: Path) -> None:
    images = [
        {"filename": f"{n}.jpg", "split": "test" if n else "train", "captions": [f"caption {n}"]}
        for n in range(3)
    ]
    (home / "dataset_flickr30k.json").write_text(json.dumps(images))


def test_the_test_split_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.FLICKR30K_EXPECTED, "test", Expected(2))
    write(tmp_path)
    assert load_dataset("flickr30k", tmp_path).image_ids == ("1.jpg", "2.jpg")


def test_an_incomplete_file_is_rejected(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(InputError, match=r"Flickr30k all has 31,014 images, but .* has 3"):
        load_dataset("flickr30k", tmp_path, "all")


def test_the_token_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FLICKR30K_TOKENS", Expected(2, "1.jpg", "2.jpg"))
    (tmp_path / "results_20130124.token").write_text("1.jpg#0\tA dog\n2.jpg#0\tA cat\n")
    assert load_dataset("flickr30k", tmp_path).captions == ("A dog", "A cat")
    with pytest.raises(InputError, match="no split 'test', only 'all'"):
        load_dataset("flickr30k", tmp_path, "test")


def test_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"caption_datasets\.zip.*pictures and token file"):
        load_dataset("flickr30k", tmp_path)


def test_the_real_one(shared_data: Path) -> None:
    dataset = load_dataset("flickr30k", shared_data / "blend", "all")
    assert (len(dataset.image_ids), len(dataset.captions)) == (31_014, 155_070)
