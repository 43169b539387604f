import numpy as np
import pytest

from firs.samples import load_scenes
from tools.pointing import (
    centre_prior,
    hit,
    nameable_things,
    overlap,
    pointing_accuracy,
    random_map,
)


def test_everything_in_a_scene_is_named_once() -> None:
    named = list(nameable_things(load_scenes(4)))
    assert len({(each.phrase, each.picture.tobytes()) for each in named}) == len(named)
    assert all(each.mask.any() and each.mask.shape == each.picture.size[::-1] for each in named)


def test_a_true_map_hits_and_covers() -> None:
    named = list(nameable_things(load_scenes(3)))
    found = pointing_accuracy([each.mask.astype(np.float32) for each in named], named)
    assert (found.hits, found.overlap) == (100, 100)


def test_its_opposite_does_not() -> None:
    named = list(nameable_things(load_scenes(3)))
    found = pointing_accuracy([1 - each.mask.astype(np.float32) for each in named], named)
    assert (found.hits, found.overlap) == (0, 0)


def test_hits_and_overlaps_by_hand() -> None:
    mask = np.array([[True, True, False]])
    assert hit(np.array([[0, 0.5, 0.2]], np.float32), mask)
    assert not hit(np.array([[0, 0.5, 0.6]], np.float32), mask)
    assert overlap(np.array([[False, True, True]]), mask) == pytest.approx(1 / 3)
    assert overlap(np.zeros((1, 3), np.bool_), np.zeros((1, 3), np.bool_)) == 0


def test_maps_that_look_at_no_picture() -> None:
    middle = centre_prior(41, 61)
    assert middle.argmax() == 20 * 61 + 30
    drawn = random_map(40, 60, np.random.default_rng(0))
    assert (drawn.shape, drawn.min() >= 0, drawn.max()) == ((40, 60), True, 1)
