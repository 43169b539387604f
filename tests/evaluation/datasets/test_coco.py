import json
from pathlib import Path
from typing import Any

import pytest

from firs.errors import InputError
from firs.evaluation.datasets import load_dataset
from firs.evaluation.datasets import published as module
from firs.evaluation.datasets.formats import Expected

OFFICIAL: dict[str, Any] = {
    "images": [{"id": 7, "file_name": "COCO_7.jpg"}, {"id": 8, "file_name": "COCO_8.jpg"}],
    "annotations": [
        {"image_id": 8, "id": 1, "caption": "A dog. \n"},
        {"image_id": 7, "id": 2, "caption": "A cat."},
        {"image_id": 8, "id": 3, "caption": "A hound."},
    ],
}


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = Expected(2, "COCO_7.jpg", "COCO_8.jpg")
    monkeypatch.setitem(module.COCO_EXPECTED, "test", expected)
    monkeypatch.setitem(module.COCO_OFFICIAL, "captions_val2014.json", expected)


@pytest.mark.usefixtures("two")
def test_karpathy_s_test_split_with_its_pictures(tmp_path: Path) -> None:
    images = [{"file": f"val2014/COCO_{n}.jpg", "captions": ["one"]} for n in (8, 7)]
    (tmp_path / "dataset_coco.json").write_text(json.dumps(images))
    assert load_dataset("coco", tmp_path).files == ()
    (tmp_path / "images" / "val2014").mkdir(parents=True)
    for n in (7, 8):
        (tmp_path / "images" / "val2014" / f"COCO_{n}.jpg").touch()
    dataset = load_dataset("coco", tmp_path, "test")
    assert dataset.image_ids == ("COCO_8.jpg", "COCO_7.jpg")
    assert dataset.files[0] == tmp_path / "images" / "val2014" / "COCO_8.jpg"


@pytest.mark.usefixtures("two")
def test_an_official_file_is_taken_whole(tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "captions_val2014.json").write_text(json.dumps(OFFICIAL))
    dataset = load_dataset("coco", tmp_path)
    assert (dataset.name, dataset.image_ids) == ("MSCOCO val2014", ("COCO_7.jpg", "COCO_8.jpg"))
    assert dataset.captions == ("A cat.", "A dog.", "A hound.")
    assert dataset.owners.tolist() == [0, 1, 1]
    with pytest.raises(InputError, match="no split 'test'; leave --split out"):
        load_dataset("coco", tmp_path, "test")


def test_a_caption_whose_image_is_missing(tmp_path: Path) -> None:
    broken = {**OFFICIAL, "images": OFFICIAL["images"][:1]}
    (tmp_path / "captions_val2014.json").write_text(json.dumps(broken))
    with pytest.raises(InputError, match="a caption of image 8, which is not among its images"):
        load_dataset("coco", tmp_path)


def test_a_file_of_another_form(tmp_path: Path) -> None:
    (tmp_path / "captions_val2014.json").write_text(json.dumps({"images": []}))
    with pytest.raises(InputError, match="not the form of official captions: KeyError"):
        load_dataset("coco", tmp_path)


def test_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"pictures \(val2014\) and official captions at"):
        load_dataset("coco", tmp_path)


def test_the_real_one(shared_data: Path) -> None:
    dataset = load_dataset("coco", shared_data / "blend")
    assert (len(dataset.image_ids), len(dataset.captions)) == (5_000, 25_000)
