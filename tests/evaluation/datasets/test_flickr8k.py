from pathlib import Path

import pytest

from firs.errors import InputError
from firs.evaluation.datasets import load_dataset
from firs.evaluation.datasets import published as module
from firs.evaluation.datasets.formats import Expected

TOKENS = "".join(f"{n}.jpg#{m}\tcaption {m} of {n}\n" for n in range(4) for m in range(2))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(module.FLICKR8K_EXPECTED, "dev", Expected(2, "1.jpg", "3.jpg"))
    (tmp_path / "Flickr8k.token.txt").write_text(TOKENS)
    (tmp_path / "Flickr_8k.devImages.txt").write_text("3.jpg\n1.jpg\n")
    return tmp_path


def test_a_split_of_the_token_file(home: Path) -> None:
    dataset = load_dataset("flickr8k", home)
    assert (dataset.name, dataset.image_ids) == ("Flickr8k dev", ("3.jpg", "1.jpg"))
    assert dataset.captions[0] == "caption 0 of 3"
    assert dataset.files == ()


def test_its_pictures_are_found(home: Path) -> None:
    (home / "Flicker8k_Dataset").mkdir()
    for name in ("1.jpg", "3.jpg"):
        (home / "Flicker8k_Dataset" / name).touch()
    assert load_dataset("flickr8k", home).files[0] == home / "Flicker8k_Dataset" / "3.jpg"


def test_all_of_it(home: Path) -> None:
    assert len(load_dataset("flickr8k", home, "all").image_ids) == 4


def test_too_few_images(home: Path) -> None:
    (home / "Flickr_8k.devImages.txt").write_text("3.jpg\n")
    with pytest.raises(InputError, match=r"has 2 images, but .* has 1; get the file again"):
        load_dataset("flickr8k", home)


def test_another_first_image(home: Path) -> None:
    (home / "Flickr_8k.devImages.txt").write_text("3.jpg\n2.jpg\n")
    with pytest.raises(InputError, match=r"run from 1\.jpg to 3\.jpg, those of .* from 2\.jpg"):
        load_dataset("flickr8k", home)


def test_an_image_of_the_split_without_captions(home: Path) -> None:
    (home / "Flickr_8k.devImages.txt").write_text("3.jpg\n9.jpg\n")
    with pytest.raises(InputError, match=r"no caption of 9\.jpg, which is in the split dev"):
        load_dataset("flickr8k", home)


def test_an_unknown_split(home: Path) -> None:
    with pytest.raises(InputError, match="the splits train, dev, test, all, not 'val'"):
        load_dataset("flickr8k", home, "val")


def test_files_that_are_not_there(home: Path) -> None:
    with pytest.raises(InputError, match=r"no Flickr_8k\.testImages\.txt or test\.txt\. It comes"):
        load_dataset("flickr8k", home, "test")
    with pytest.raises(InputError, match=r"caption_datasets\.zip"):
        load_dataset("flickr8k", home / "nowhere")


def test_the_real_one(shared_data: Path) -> None:
    dataset = load_dataset("flickr8k", shared_data / "flickr8k", "dev")
    assert (len(dataset.image_ids), len(dataset.captions)) == (1_000, 5_000)
    assert dataset.files[0].is_file()
