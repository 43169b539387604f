import json
from pathlib import Path
from typing import Any

import pytest

from firs.errors import InputError
from firs.evaluation.datasets.formats import build_captioned, read_karpathy, read_tokens

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
def test_both_layouts_give_the_same_images(tmp_path: Path, content: Any) -> None:
    path = written(tmp_path, content)
    first, second = read_karpathy(path, "all")
    assert (str(first.file), first.captions) == ("val2014/COCO_1.jpg", ("A dog.", "A cat."))
    assert str(second.file) == "2.jpg"
    assert (read_karpathy(path, "test"), read_karpathy(path, "train")) == ([first], [second])


def test_one_split_or_all(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN)
    assert [image.id for image in read_karpathy(path, "train")] == ["2.jpg"]
    assert [image.id for image in read_karpathy(path, "all")] == ["COCO_1.jpg", "2.jpg"]
    with pytest.raises(InputError, match="no split 'dev'; it has test, train, and 'all'"):
        read_karpathy(path, "dev")


def test_pictures_are_located_by_the_file(tmp_path: Path) -> None:
    images = read_karpathy(written(tmp_path, PLAIN), "test")
    assert build_captioned("plain", images, None, None, tmp_path).files == ()
    (tmp_path / "val2014").mkdir()
    (tmp_path / "val2014" / "COCO_1.jpg").touch()
    dataset = build_captioned("plain", images, tmp_path, None, tmp_path)
    assert dataset.image_ids == ("COCO_1.jpg",)
    assert dataset.files == (tmp_path / "val2014" / "COCO_1.jpg",)


@pytest.mark.parametrize("content", [{}, {"images": [{}]}, [{"filename": "a"}], 3, [3]])
def test_a_file_of_another_form_is_rejected(tmp_path: Path, content: Any) -> None:
    with pytest.raises(InputError, match=r"not the form of Karpathy's splits"):
        read_karpathy(written(tmp_path, content), "all")


def test_invalid_json_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "set.json").write_text('{"images": [')
    with pytest.raises(InputError, match="cannot be read as JSON"):
        read_karpathy(tmp_path / "set.json", "all")


EXPECTED = {"1.jpg": ("A dog, running .", "A cat ."), "2.jpg": ("A boat .",)}


@pytest.mark.parametrize(
    "content",
    [
        "1.jpg#0\tA dog, running .\n1.jpg#1\tA cat .\n2.jpg#0\tA boat .\n",
        "image\tcaption\n1.jpg\tA dog, running .\n1.jpg\tA cat .\n2.jpg\tA boat .",
        'image,caption\n1.jpg,"A dog, running ."\n1.jpg,A cat .\n\n2.jpg,A boat .\n',
    ],
)
def test_three_layouts_give_the_same_captions(tmp_path: Path, content: str) -> None:
    (tmp_path / "captions").write_text(content)
    assert read_tokens(tmp_path / "captions") == EXPECTED


def test_a_line_without_a_caption_is_named(tmp_path: Path) -> None:
    (tmp_path / "captions").write_text("1.jpg#0\tA dog\n2.jpg\n")
    with pytest.raises(InputError, match=r"Line 2 of .*captions has no image and caption"):
        read_tokens(tmp_path / "captions")


def test_a_file_that_is_not_text_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "captions").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read as text"):
        read_tokens(tmp_path / "captions")
