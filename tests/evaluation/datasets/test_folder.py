from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firs.errors import InputError
from firs.evaluation.datasets import load_dataset
from firs.evaluation.datasets.folder import find_datasets
from firs.evaluation.experiment import Data
from tests.evaluation.evaluation_sets import save_vectors, small_dataset


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    home = tmp_path / "photos"
    (home / "sub").mkdir(parents=True)
    for name in ("a.jpg", "b.jpg", "sub/c.jpg"):
        Image.new("RGB", (8, 8), "red").save(home / name)
    (home / "captions.tsv").write_text("image\tcaption\na.jpg\tred\nsub/c.jpg\tanother\n")
    return home


def test_all_pictures_are_searched_and_captions_are_queries(photos: Path) -> None:
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


def test_the_first_scenes_with_their_captions() -> None:
    dataset = load_dataset("samples", Path(), "3")
    assert (dataset.name, len(dataset.captions)) == ("3 sample scenes", 15)
    assert dataset.image_ids[0] == "scene-00001.jpg"
    assert all(file.is_file() for file in dataset.files)


def test_without_a_split_all_scenes() -> None:
    assert len(load_dataset("samples", Path()).files) == 240


@pytest.mark.parametrize(
    ("split", "message"),
    [("dev", "not 'dev'"), ("-3", "not '-3'"), ("1.5", "not '1.5'"), ("0", "from 1 to 240"),
     ("1000", "There are 240 sample scenes")],
)  # fmt: skip
def test_an_impossible_split_is_an_error(split: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_dataset("samples", Path(), split)


def touch(home: Path, *names: str) -> None:
    for name in names:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()


def test_folders_are_recognised_by_their_files(tmp_path: Path) -> None:
    touch(tmp_path, "a/Flickr8k.token.txt", "a/Flickr_8k.devImages.txt", "a/images/1.jpg")
    touch(tmp_path, "b/dataset_flickr30k.json", "b/flickr30k-images/1.jpg")
    touch(tmp_path, "c/dataset_coco.json", "c/val2014/1.jpg")
    touch(tmp_path, "d/captions.jsonl", "d/1.jpg")
    assert find_datasets(tmp_path) == [
        Data("flickr8k", tmp_path / "a", "dev"),
        Data("flickr30k", tmp_path / "b"),
        Data("coco", tmp_path / "c"),
        Data("folder", tmp_path / "d"),
    ]
    assert find_datasets(tmp_path / "d") == [Data("folder", tmp_path / "d")]


def test_vectors_are_recognised_by_their_arrays(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    save_vectors(tmp_path / "sub" / "yes.npz", small_dataset())
    np.savez(tmp_path / "sub" / "no.npz", image_ids=np.zeros(1))
    touch(tmp_path, "sub/broken.npz")
    expected = [Data("vectors", tmp_path / "sub" / "yes.npz")]
    assert find_datasets(tmp_path) == find_datasets(tmp_path / "sub" / "yes.npz") == expected


def test_flickr30k_and_coco_side_by_side_are_the_blend(tmp_path: Path) -> None:
    touch(tmp_path, "flickr30k/dataset_flickr30k.json", "flickr30k/images/1.jpg")
    touch(tmp_path, "coco/dataset_coco.json", "coco/images/val2014/1.jpg")
    assert find_datasets(tmp_path) == [Data("blend", tmp_path)]


def test_captions_without_pictures_are_no_data_set(tmp_path: Path) -> None:
    touch(tmp_path, "dataset_coco.json", "dataset_flickr30k.json")
    with pytest.raises(InputError, match=r"no data set in .* that can be searched"):
        find_datasets(tmp_path)


def test_no_such_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no data set in"):
        find_datasets(tmp_path / "nowhere")


def test_the_real_ones(shared_data: Path) -> None:
    found = [(data.name, data.path.name) for data in find_datasets(shared_data)]
    assert found == [("vectors", "flickr8k.npz"), ("flickr8k", "flickr8k")]
