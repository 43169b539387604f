import numpy as np
import pytest

from firs.errors import InputError
from firs.expansion.captions import BestEntry


def test_an_image_scores_what_its_best_entry_scores() -> None:
    entries = np.array([[0.1, 0.2, 0.3, 0.9, 0.05]], np.float32)
    best = BestEntry(np.array([0, 1, 2, 0, 2]), images=3)
    assert best.scores(entries)[0] == pytest.approx([0.9, 0.2, 0.3])


def test_images_alone_keep_their_scores() -> None:
    scores = np.random.default_rng(0).random((4, 6)).astype(np.float32)
    np.testing.assert_array_equal(BestEntry(np.arange(6), images=6).scores(scores), scores)


@pytest.mark.parametrize("owners", [[0, 2, 2], [0, 1, 2, 3]])
def test_an_image_without_an_entry_or_an_entry_without_an_image(owners: list[int]) -> None:
    with pytest.raises(InputError, match="Each of 3 images needs an entry"):
        BestEntry(np.array(owners), images=3)
