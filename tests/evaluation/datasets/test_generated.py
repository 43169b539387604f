from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.datasets import load_dataset


def test_it_says_that_it_is_generated() -> None:
    dataset = load_dataset("generated", Path(), "300x40x32")
    assert dataset.generated
    assert dataset.name == "generated"
    assert (len(dataset.image_ids), len(dataset.captions)) == (300, 40)


def test_the_same_sizes_give_the_same_vectors() -> None:
    first, again = (load_dataset("generated", Path(), "50x5x8") for _ in range(2))
    assert first.fingerprint == again.fingerprint


def test_captions_are_nearer_to_their_image_than_chance_but_not_all_first() -> None:
    dataset = load_dataset("generated", Path(), "1000x200x128")
    images, asked = dataset.image_vectors, dataset.caption_vectors
    assert images is not None
    assert asked is not None
    scores = asked @ images.T
    own = scores[np.arange(200), dataset.owners]
    first = np.mean(np.sum(scores > own[:, np.newaxis], axis=1) == 0)
    assert 0.1 < first < 0.9


@pytest.mark.parametrize("sizes", ["10", "10x20x8", "10x5x0", "axbxc", "10x0x8"])
def test_sizes_that_cannot_be_meant(sizes: str) -> None:
    with pytest.raises(InputError, match="sizes such as 36014x5605x768"):
        load_dataset("generated", Path(), sizes)
