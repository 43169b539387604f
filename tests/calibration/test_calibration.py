import numpy as np
import pytest

from firs.calibration import Calibration
from firs.calibration.calibration import FEWEST, CaptionSupport, credible_set_size, top_score_gap


def scores(count: int = 1_000, seed: int = 0) -> np.ndarray:
    """Cosines as those of a text that nothing matches."""
    return np.random.default_rng(seed).normal(0.2, 0.03, count).astype(np.float32)


def test_chances_are_of_all_images_and_in_the_order_of_the_scores() -> None:
    of = scores()
    chances = Calibration(100).probabilities(of)
    assert chances.sum() == pytest.approx(1)
    assert np.argsort(chances).tolist() == np.argsort(of).tolist()


def test_more_sharpness_is_more_sure() -> None:
    of = scores()
    tops = [Calibration(sharpness).probabilities(of).max() for sharpness in (0, 10, 100, 1e6)]
    assert tops[0] == pytest.approx(1 / len(of))
    assert tops == sorted(tops)
    assert tops[-1] == pytest.approx(1)


def test_a_duplicate_halves_the_chance_of_each() -> None:
    of = np.array([0.9, 0.1, 0.1], np.float32)
    [alone, *_] = Calibration(100).probabilities(of)
    one, other, *_ = Calibration(100).probabilities(np.concatenate([of[:1], of]))
    assert one == other == pytest.approx(alone / 2)


@pytest.mark.parametrize(
    ("chances", "count"),
    [([1.0], 1), ([0.25, 0.7, 0.05], 2), ([0.25] * 4, 4), ([0.95, 0.05], 1)],
)
def test_how_many_hold_it_nine_times_of_ten(chances: list[float], count: int) -> None:
    assert credible_set_size(np.array(chances)) == count


def test_what_stands_out_does_so_among_few_and_among_many() -> None:
    few, many = (top_score_gap(scores(count)) for count in (200, 20_000))
    assert abs(few) < 0.5
    assert abs(many) < 0.5
    with_a_match = scores(20_000)
    with_a_match[:10] += 0.2
    assert top_score_gap(with_a_match) > many + 1


def test_nothing_matches_where_none_stands_out() -> None:
    calibration = Calibration(100, min_top_score_gap=0.5)
    of = scores()
    assert calibration.is_weak(of) is True
    of[:10] += 0.1
    assert calibration.is_weak(of) is False


def test_nothing_matches_where_even_the_best_is_far() -> None:
    of = scores()
    of[:10] += 0.1
    assert Calibration(100, min_top_score_gap=0.5, nearest=0.5).is_weak(of) is True


def test_it_says_nothing_of_few_images_nor_of_an_encoder_it_does_not_know() -> None:
    assert Calibration(100, min_top_score_gap=0.5).is_weak(scores(FEWEST - 1)) is None
    assert Calibration(100).is_weak(scores()) is None


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_scores_that_are_all_the_same(value: float) -> None:
    of = np.full(200, value, np.float32)
    calibration = Calibration(100, min_top_score_gap=-0.1)
    assert calibration.probabilities(of) == pytest.approx(np.full(200, 1 / 200))
    assert calibration.is_weak(of) is True


def test_a_single_image_is_the_one_that_was_meant() -> None:
    one = np.array([0.1], np.float32)
    assert Calibration(100, min_top_score_gap=0.0).probabilities(one).tolist() == [1]
    assert top_score_gap(scores(10)) == pytest.approx(0, abs=1e-6)


def test_what_is_familiar_speaks_for_a_match_and_a_little_the_best_image() -> None:
    known = Calibration(1.0, caption_support=CaptionSupport((0.5, 0.1), (0.3, 0.05), limit=-1.0))
    scores = np.zeros(200, np.float32)
    scores[3] = 0.35
    assert known.support(scores, 0.4) == pytest.approx(-1 + 0.25 + 1, abs=1e-5)
    assert known.is_weak(scores, 0.2) is True
    assert known.is_weak(scores, 0.5) is False
    assert known.support(scores) is None
    assert known.support(scores[:50], 0.5) is None
