from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.datasets import PAPER, Dataset, load_dataset, sample_by_source


@pytest.fixture(scope="module")
def blend_folder(shared_data: Path) -> Path:
    return shared_data / "blend"


@pytest.fixture(scope="module")
def dataset(blend_folder: Path) -> Dataset:
    return load_dataset("blend", blend_folder)


def test_both_halves(dataset: Dataset) -> None:
    assert len(dataset.image_ids) == len(dataset.sources) == 36_014
    assert len(dataset.captions) == 180_070
    assert dataset.image_ids[0] == "flickr30k/1000092795.jpg"
    assert dataset.sources[-1] == "coco"
    assert dataset.captions[-1].startswith("A man holding a glass")
    assert dataset.owners[-1] == 36_013


def test_the_paper_s_queries(dataset: Dataset) -> None:
    queries = sample_by_source(dataset, PAPER, seed=0)
    assert len(queries) == 5_605
    from_flickr = dataset.owners[queries] < 31_014
    assert np.sum(from_flickr) == 3_100
    assert len(np.unique(dataset.owners[queries])) == 5_605


def test_folders_of_their_own(blend_folder: Path, tmp_path: Path) -> None:
    for name, file in (
        ("flickr30k", "flickr30k_31014.json"),
        ("coco", "coco_karpathy_test_5k.json"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).symlink_to(blend_folder / file)
    assert len(load_dataset("blend", tmp_path).image_ids) == 36_014


def test_half_of_the_blend_is_rejected(blend_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "flickr30k_31014.json").symlink_to(blend_folder / "flickr30k_31014.json")
    with pytest.raises(InputError, match=r"no dataset_coco\.json"):
        load_dataset("blend", tmp_path)


def test_there_are_no_splits(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="The blend has no split 'test'"):
        load_dataset("blend", tmp_path, "test")
