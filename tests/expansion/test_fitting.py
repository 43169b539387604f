import numpy as np

from firs.expansion.captions import HEAVIEST, LIGHTEST, Balance, Captions, fit_balance
from firs.search import EmbeddingMatrix
from tests.feedback.marked import units

IMAGES = units(80, dim=32)
OWNERS = np.repeat(np.arange(60), 3)


def captions(noise: float, owners: np.ndarray = OWNERS) -> Captions:
    """Texts that say what their image shows, and more that they share."""
    made = (
        IMAGES[OWNERS]
        + units(80, seed=4, dim=32)[OWNERS]
        + noise * units(len(OWNERS), seed=3, dim=32)
    )
    return Captions(made / np.linalg.norm(made, axis=1, keepdims=True), owners, units(9, dim=32))


def found(captions: Captions) -> Balance:
    return fit_balance(captions, EmbeddingMatrix(np.arange(80), IMAGES))


def test_captions_that_agree_count_more_than_those_that_do_not() -> None:
    assert found(captions(0.4)).weight > found(captions(2.5)).weight
    assert LIGHTEST <= found(captions(2.5)).weight <= HEAVIEST


def test_captions_of_other_images_count_least() -> None:
    strangers = captions(0.4, np.sort(np.random.default_rng(0).permutation(OWNERS)))
    strangers.vectors = units(len(OWNERS), seed=8, dim=32)
    assert found(strangers).weight == LIGHTEST


def test_one_caption_an_image_tells_nothing() -> None:
    alone = Captions(IMAGES[:60], np.arange(60), units(9, dim=32))
    assert found(alone) == Balance()


def test_captions_of_one_image_alone_tell_nothing() -> None:
    one = Captions(units(40, dim=32), np.zeros(40, dtype=np.int64), units(9, dim=32))
    assert found(one) == Balance()


def test_the_same_again() -> None:
    assert found(captions(0.4)) == found(captions(0.4))
