import numpy as np

from firs.feedback.base import FeedbackInput, mean_direction
from tests.feedback.marked import evidence, field, page


def test_what_is_marked_on_all_pages_the_oldest_first() -> None:
    told = evidence(field(), page([1, 2], [2], [1]), page([7]), page([9, 3], [9, 3], []))
    assert told.relevant.tolist() == [2, 9, 3]
    assert told.irrelevant.tolist() == [1]
    assert told.relevant.dtype == told.irrelevant.dtype == np.int64


def test_whether_anything_is_marked() -> None:
    def is_marked(*pages: tuple[list[int], list[int]]) -> bool:
        return evidence(field(), *(page([0, 1], *each) for each in pages)).is_marked

    assert not is_marked()
    assert not is_marked(([], []), ([], []))
    assert is_marked(([], []), ([], [1]))
    assert is_marked(([0], []), ([], []))


def test_evidence_without_pages_marks_nothing() -> None:
    told: FeedbackInput = evidence(field())
    assert (len(told.relevant), len(told.irrelevant)) == (0, 0)


def test_the_mean_of_directions() -> None:
    images = field()
    places = np.array([3, 8, 21])
    expected = images.directions(places).mean(axis=0)
    np.testing.assert_allclose(mean_direction(images, places), [expected], atol=1e-6)


def test_the_mean_of_no_directions_points_nowhere() -> None:
    nothing = mean_direction(field(), np.empty(0, dtype=np.int64))
    assert nothing.shape == (1, 16)
    assert not nothing.any()
