from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.datasets import load_dataset
from firs.evaluation.datasets.vectors import KEYS


def arrays(**other: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "image_ids": np.array(["a.jpg", "b.jpg", "c.jpg"]),
        "image_vectors": rng.standard_normal((3, 8)).astype(np.float32),
        "captions": np.array(["one", "two"]),
        "caption_image_ids": np.array(["c.jpg", "a.jpg"]),
        "caption_vectors": rng.standard_normal((2, 8)).astype(np.float32),
        **other,
    }


def saved(folder: Path, **other: Any) -> Path:
    np.savez(folder / "set.npz", **arrays(**other))
    return folder / "set.npz"


def test_five_arrays_are_a_data_set(tmp_path: Path) -> None:
    dataset = load_dataset("vectors", saved(tmp_path))
    assert (dataset.name, dataset.image_ids) == (
        f"{tmp_path.name}/set",
        ("a.jpg", "b.jpg", "c.jpg"),
    )
    assert (dataset.captions, dataset.owners.tolist()) == (("one", "two"), [2, 0])
    assert dataset.image_vectors is not None
    assert np.linalg.norm(dataset.image_vectors, axis=1) == pytest.approx(1)


def test_half_precision_is_taken(tmp_path: Path) -> None:
    path = saved(tmp_path, caption_vectors=np.ones((2, 8), np.float16))
    vectors = load_dataset("vectors", path).caption_vectors
    assert vectors is not None
    assert vectors.dtype == np.float32


@pytest.mark.parametrize("key", KEYS)
def test_a_missing_array_is_named(tmp_path: Path, key: str) -> None:
    np.savez(tmp_path / "set.npz", **{k: v for k, v in arrays().items() if k != key})
    with pytest.raises(InputError, match=f"lacks {key}; it needs image_ids, image_vectors"):
        load_dataset("vectors", tmp_path / "set.npz")


NAN = np.ones((3, 8), np.float32)
NAN[1, 2] = np.nan


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"image_vectors": NAN}, "row 1 of image_vectors is zero or not finite"),
        ({"caption_vectors": np.zeros((2, 8), np.float32)}, "row 0 of caption_vectors"),
        ({"caption_vectors": np.ones((2, 4), np.float32)}, "8 dimensions and caption_vectors 4"),
        ({"image_vectors": np.ones((2, 8), np.float32)}, r"should be float \(3, dim\)"),
        ({"image_vectors": np.ones((3, 8), np.int64)}, "not int64"),
        ({"image_ids": np.array(["a.jpg", "a.jpg", "c.jpg"])}, r"image 'a\.jpg' twice"),
        ({"caption_image_ids": np.array(["c.jpg", "z.jpg"])}, r"'z\.jpg', which is not among"),
        ({"caption_image_ids": np.array(["c.jpg"])}, r"should be \(2,\)"),
        ({"captions": np.array([]), "caption_image_ids": np.array([]),
          "caption_vectors": np.ones((0, 8), np.float32)}, "3 images and 0 captions"),
        ({"captions": np.array([{}, {}])}, "cannot be read as a file of vectors"),
    ],
)  # fmt: skip
def test_arrays_that_do_not_fit_are_named(
    tmp_path: Path, other: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        load_dataset("vectors", saved(tmp_path, **other))


def test_no_such_file_and_no_such_kind_of_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        load_dataset("vectors", tmp_path / "none.npz")
    cut = saved(tmp_path)
    cut.write_bytes(cut.read_bytes()[:300])
    with pytest.raises(InputError, match=r"no whole \.npz file"):
        load_dataset("vectors", cut)


def test_there_are_no_splits(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no split 'dev'; leave --split out"):
        load_dataset("vectors", saved(tmp_path), "dev")


def test_the_real_ones(shared_data: Path) -> None:
    dataset = load_dataset("vectors", shared_data / "clip_vitb32" / "flickr8k.npz")
    assert (len(dataset.image_ids), len(dataset.captions)) == (1077, 500)


def test_generated_data_is_marked() -> None:
    dataset = load_dataset("generated", Path(), "300x40x32")
    assert dataset.generated
    assert dataset.name == "generated"
    assert (len(dataset.image_ids), len(dataset.captions)) == (300, 40)


def test_the_same_sizes_give_the_same_vectors() -> None:
    first, again = (load_dataset("generated", Path(), "50x5x8") for _ in range(2))
    assert first.fingerprint == again.fingerprint


def test_captions_are_nearer_to_their_image_than_chance_but_not_all_first() -> None:
    dataset = load_dataset("generated", Path(), "1000x200x128")
    images, queries = dataset.image_vectors, dataset.caption_vectors
    assert images is not None
    assert queries is not None
    scores = queries @ images.T
    own = scores[np.arange(200), dataset.owners]
    first = np.mean(np.sum(scores > own[:, np.newaxis], axis=1) == 0)
    assert 0.1 < first < 0.9


@pytest.mark.parametrize("sizes", ["10", "10x20x8", "10x5x0", "axbxc", "10x0x8"])
def test_invalid_sizes_are_rejected(sizes: str) -> None:
    with pytest.raises(InputError, match="sizes such as 36014x5605x768"):
        load_dataset("generated", Path(), sizes)
