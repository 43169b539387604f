import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.caption_similarity import CaptionSimilarity
from firs.evaluation.datasets import DatasetImage, build_dataset

DATASET = build_dataset(
    "four",
    [
        DatasetImage("a", ("A brown dog runs on the beach.", "the dog is by the sea")),
        DatasetImage("b", ("A dog runs along a beach",)),
        DatasetImage("c", ("Two men in a kitchen",)),
        DatasetImage("d", ("over and by the",)),
    ],
)


def test_an_image_is_most_like_itself() -> None:
    content = CaptionSimilarity(DATASET)
    assert content.similarities(0)[0] == pytest.approx(1, abs=1e-6)


def test_shared_words_make_images_similar_and_stop_words_do_not() -> None:
    likeness = CaptionSimilarity(DATASET).similarities(0)
    assert likeness[1] > 0.3
    assert likeness[2] == likeness[3] == 0


def test_an_image_without_words_is_similar_to_none() -> None:
    assert CaptionSimilarity(DATASET).similarities(3).tolist() == [0, 0, 0, 0]


def test_relevant_are_the_image_itself_and_those_like_it() -> None:
    relevant = CaptionSimilarity(DATASET).relevant(np.array([0, 3, 2]), threshold=0.3)
    assert relevant.of(np.array([0])).image.tolist() == [0, 1]
    assert relevant.of(np.array([1])).image.tolist() == [3]
    assert relevant.count == 3


@pytest.mark.parametrize("threshold", [0, -0.1, 1.5])
def test_invalid_thresholds_are_rejected(threshold: float) -> None:
    with pytest.raises(InputError, match="similarity threshold is above 0 and up to 1"):
        CaptionSimilarity(DATASET).relevant(np.array([0]), threshold)
