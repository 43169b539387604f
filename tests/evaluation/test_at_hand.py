from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.datasets.folder import find_datasets
from firs.evaluation.experiment import Data
from tests.evaluation.benches import save_vectors, small_dataset


def touch(home: Path, *names: str) -> None:
    for name in names:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()


def test_folders_are_told_by_their_files(tmp_path: Path) -> None:
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


def test_vectors_are_told_by_their_arrays(tmp_path: Path) -> None:
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


def test_captions_without_pictures_are_not_at_hand(tmp_path: Path) -> None:
    touch(tmp_path, "dataset_coco.json", "dataset_flickr30k.json")
    with pytest.raises(InputError, match=r"no data set in .* that can be searched"):
        find_datasets(tmp_path)


def test_no_such_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no data set in"):
        find_datasets(tmp_path / "nowhere")


def test_the_real_ones(shared_data: Path) -> None:
    found = [(data.name, data.path.name) for data in find_datasets(shared_data)]
    assert found == [("vectors", "flickr8k.npz"), ("flickr8k", "flickr8k")]
