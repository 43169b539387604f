import numpy as np
import pytest
from PIL import Image

from firs.errors import InputError
from firs.explanation.occlusion import Faithfulness, measure_faithfulness, most_marked
from tests.fakes import FakeEncoder


@pytest.fixture
def picture() -> Image.Image:
    drawn = Image.new("RGB", (64, 64), "teal")
    drawn.paste("red", (0, 0, 32, 32))
    return drawn


def marking(rows: slice, cols: slice) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    map_ = np.zeros((64, 64), np.float32)
    map_[rows, cols] = 1
    return map_


def test_a_true_map_costs_more_than_chance(picture: Image.Image) -> None:
    found = measure_faithfulness(marking(slice(32), slice(32)), picture, "red", FakeEncoder())
    assert found.loss > found.mean_elsewhere
    assert found.beats >= 0.75
    assert f"less at {8 * found.beats:.0f} of 8 places" in found.summary


def test_a_false_map_does_not(picture: Image.Image) -> None:
    found = measure_faithfulness(
        marking(slice(32, 64), slice(32, 64)), picture, "red", FakeEncoder()
    )
    assert found.beats < 0.5


def test_a_loss_of_nothing_is_not_to_be_trusted() -> None:
    assert "do not rely" in Faithfulness(-0.1, (0.1, 0.2)).summary


def test_the_same_seed_looks_at_the_same_places(picture: Image.Image) -> None:
    map_ = marking(slice(10), slice(64))
    one, other, third = (
        measure_faithfulness(map_, picture, "red", FakeEncoder(), seed=seed) for seed in (1, 1, 2)
    )
    assert one == other
    assert one != third


def test_a_fifth_is_marked_even_of_a_plain_map() -> None:
    assert most_marked(np.ones((9, 7), np.float32)).sum() == round(0.2 * 32 * 32)


def test_empty_map_is_reported() -> None:
    with pytest.raises(InputError, match="no part of the picture matches the text"):
        most_marked(np.zeros((9, 7), np.float32))
