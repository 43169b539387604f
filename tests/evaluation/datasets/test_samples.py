from pathlib import Path

import pytest

from firs.errors import InputError
from firs.evaluation.datasets import load_dataset


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
