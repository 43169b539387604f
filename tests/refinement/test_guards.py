import numpy as np

from firs.refinement import Added, CaptionedImage, RefinementRequest, Suggestion
from firs.refinement.language_model import MIN_SIMILARITY, keep_grounded, measure_drift

ASKED = RefinementRequest(
    "a dog",
    [
        CaptionedImage(("a dog runs in snow",)),
        CaptionedImage(("snow and a running dog with a ball",)),
    ],
    [CaptionedImage(("a cat on a sofa",))],
)


def suggestion(text: str) -> Suggestion:
    return Suggestion(text, (Added(text),))


def passing(text: str, asked: RefinementRequest = ASKED) -> bool:
    return bool(keep_grounded([suggestion(text)], asked))


def test_words_must_be_shared_by_what_fits() -> None:
    assert passing("a dog that is running in the snow")
    assert not passing("a dog with a ball")
    assert not passing("a dog on a sofa")
    assert not passing("a dog in Paris")


def test_with_one_image_its_own_words_will_do() -> None:
    assert passing("a dog with a ball", RefinementRequest("a dog", ASKED.marked[1:]))


def test_the_persons_own_words_always_pass() -> None:
    assert passing("a dog", RefinementRequest("a dog", []))


def test_what_goes_too_far_is_flagged_and_not_lost() -> None:
    centre = np.zeros(2, dtype=np.float32)
    old = np.array([1, 0], dtype=np.float32)
    new = np.array([[1, 0], [0, 1]], dtype=np.float32)
    near, far = measure_drift([suggestion("near"), suggestion("far")], old, new, centre)
    assert (near.similarity, near.drifts) == (1.0, False)
    assert (far.similarity, far.drifts) == (0.0, True)
    assert 0 < MIN_SIMILARITY < 1


def test_nearness_is_seen_from_the_middle_of_texts() -> None:
    """Two texts that only share what all texts share are not near."""
    centre = np.array([0.9, 0.0], dtype=np.float32)
    old = np.array([0.9, 0.1], dtype=np.float32)
    [told] = measure_drift(
        [suggestion("x")], old, np.array([[0.9, -0.1]], dtype=np.float32), centre
    )
    assert told.drifts
