from pathlib import Path

import pytest
from PIL import Image

from firs.errors import InputError
from firs.evaluation.datasets import load_dataset


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    home = tmp_path / "photos"
    (home / "sub").mkdir(parents=True)
    for name in ("a.jpg", "b.jpg", "sub/c.jpg"):
        Image.new("RGB", (8, 8), "red").save(home / name)
    (home / "captions.tsv").write_text("image\tcaption\na.jpg\tred\nsub/c.jpg\tanother\n")
    return home


def test_all_pictures_are_searched_and_those_with_captions_are_asked_for(photos: Path) -> None:
    dataset = load_dataset("folder", photos)
    assert (dataset.name, dataset.image_ids) == ("photos", ("a.jpg", "b.jpg", "sub/c.jpg"))
    assert (dataset.captions, dataset.owners.tolist()) == (("red", "another"), [0, 2])
    assert dataset.files[2] == (photos / "sub" / "c.jpg").resolve()


def test_the_captions_file_itself_may_be_named(photos: Path) -> None:
    (photos / "captions.tsv").rename(photos / "mine.tsv")
    assert len(load_dataset("folder", photos / "mine.tsv").image_ids) == 3


def test_json_lines(photos: Path) -> None:
    (photos / "captions.tsv").unlink()
    (photos / "captions.jsonl").write_text('{"image": "b.jpg", "captions": ["one", "two"]}\n')
    assert load_dataset("folder", photos).captions == ("one", "two")


def test_a_list_of_pictures_is_a_split(photos: Path) -> None:
    (photos / "mine.txt").write_text("b.jpg\na.jpg\n")
    assert load_dataset("folder", photos, "mine").image_ids == ("b.jpg", "a.jpg")
    (photos / "mine.txt").write_text("b.jpg\nz.jpg\n")
    with pytest.raises(InputError, match=r"lists z\.jpg, which is not in"):
        load_dataset("folder", photos, "mine")
    with pytest.raises(InputError, match=r"no other\.txt\. List the split's pictures"):
        load_dataset("folder", photos, "other")


def test_a_caption_whose_picture_is_missing(photos: Path) -> None:
    (photos / "b.jpg").unlink()
    (photos / "captions.tsv").write_text("image\tcaption\nb.jpg\tblue\na.jpg\tred\n")
    with pytest.raises(InputError, match=r"caption of b\.jpg, which is not in .*\(1 such names\)"):
        load_dataset("folder", photos)


def test_no_captions_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Write one with the columns image and caption"):
        load_dataset("folder", tmp_path)
