from pathlib import Path

import numpy as np
import pytest

from firs.calibration import Calibration, default_calibration, fit_calibration
from firs.calibration.calibration import credible_set_size
from firs.calibration.fitting import ENOUGH
from firs.errors import InputError
from firs.evaluation.datasets.vectors import vectors
from tests.feedback.marked import units

SHARPNESS = 30.0


def drawn(count: int = 2_000, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Captions whose image is drawn with the chances of a known sharpness."""
    images, captions = units(300, seed=seed), units(count, seed=seed + 1)
    chances = [Calibration(SHARPNESS).probabilities(row) for row in captions @ images.T]
    rng = np.random.default_rng(seed)
    return images, captions, np.array([rng.choice(300, p=row) for row in chances])


def test_the_sharpness_by_which_images_were_drawn_is_found() -> None:
    assert fit_calibration(*drawn()).logit_scale == pytest.approx(SHARPNESS, rel=0.1)


def test_few_captions_are_taken_for_ones_that_nothing_matches() -> None:
    images, captions, owners = drawn()
    found = fit_calibration(images, captions, owners)
    weak = [found.is_weak(row) for row in captions @ images.T]
    assert np.mean(np.array(weak, dtype=bool)) == pytest.approx(0.05, abs=0.01)


def test_what_captions_do_not_tell_is_kept() -> None:
    assert fit_calibration(*drawn(), Calibration(1.0, 5.0, 0.25)).nearest == 0.25


def test_captions_of_images_drawn_by_chance_say_that_scores_say_nothing() -> None:
    images, captions, owners = drawn()
    np.random.default_rng(0).shuffle(owners)
    assert fit_calibration(images, captions, owners).logit_scale < 3


def test_too_few_captions() -> None:
    images, captions, owners = drawn(ENOUGH - 1)
    with pytest.raises(InputError, match="needs 100 captions or more, not 99"):
        fit_calibration(images, captions, owners)


def test_on_real_vectors_nine_of_ten_are_among_the_likely(shared_data: Path) -> None:
    real = vectors(shared_data / "clip_vitb32" / "flickr8k.npz")
    assert real.image_vectors is not None
    assert real.caption_vectors is not None
    known = default_calibration("clip-vit-b32")
    assert known is not None
    rows = real.caption_vectors @ real.image_vectors.T
    ranks = (rows > rows[np.arange(len(rows)), real.owners][:, np.newaxis]).sum(axis=1)
    sizes = np.array([credible_set_size(known.probabilities(row)) for row in rows])
    assert (ranks < sizes).mean() > 0.9
    assert np.median(sizes) < 10


def test_of_few_images_it_is_not_told_whether_the_best_stand_out() -> None:
    images, captions, _ = drawn()
    assert fit_calibration(images[:50], captions, np.arange(2_000) % 50).min_top_score_gap is None
