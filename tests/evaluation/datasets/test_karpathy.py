import json
from pathlib import Path
from typing import Any

import pytest

from firs.errors import InputError
from firs.evaluation.datasets.formats import as_described, in_split, read_karpathy

PUBLISHED = {
    "dataset": "coco",
    "images": [
        {
            "filepath": "val2014",
            "filename": "COCO_1.jpg",
            "split": "test",
            "sentences": [{"raw": "A dog. "}, {"raw": "A cat."}],
        },
        {"filename": "2.jpg", "split": "train", "sentences": [{"raw": "A boat."}]},
    ],
}
PLAIN = [
    {"file": "val2014/COCO_1.jpg", "captions": ["A dog.", "A cat."]},
    {"filename": "2.jpg", "split": "train", "captions": ["A boat."]},
]


def written(folder: Path, content: Any) -> Path:
    (folder / "set.json").write_text(json.dumps(content))
    return folder / "set.json"


@pytest.mark.parametrize("content", [PUBLISHED, PLAIN])
def test_both_layouts_tell_the_same(tmp_path: Path, content: Any) -> None:
    first, second = read_karpathy(written(tmp_path, content))
    assert (str(first.path), first.split, first.captions) == (
        "val2014/COCO_1.jpg",
        "test",
        ("A dog.", "A cat."),
    )
    assert (str(second.path), second.split) == ("2.jpg", "train")


def test_one_split_or_all(tmp_path: Path) -> None:
    told = read_karpathy(written(tmp_path, PLAIN))
    assert [image.split for image in in_split(told, "train", tmp_path)] == ["train"]
    assert in_split(told, "all", tmp_path) == told
    with pytest.raises(InputError, match="no split 'dev'; it has test, train, and 'all'"):
        in_split(told, "dev", tmp_path)


def test_pictures_lie_where_the_file_says(tmp_path: Path) -> None:
    told = read_karpathy(written(tmp_path, PLAIN))
    assert as_described(told, None)[0].file is None
    image = as_described(told, tmp_path)[0]
    assert (image.id, image.file) == ("COCO_1.jpg", tmp_path / "val2014" / "COCO_1.jpg")


@pytest.mark.parametrize("content", [{}, {"images": [{}]}, [{"filename": "a"}], 3, [3]])
def test_another_file_is_told_apart(tmp_path: Path, content: Any) -> None:
    with pytest.raises(InputError, match=r"not the form of Karpathy's splits"):
        read_karpathy(written(tmp_path, content))


def test_a_file_that_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "set.json").write_text('{"images": [')
    with pytest.raises(InputError, match="cannot be read as JSON"):
        read_karpathy(tmp_path / "set.json")
