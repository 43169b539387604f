import numpy as np

from firs.feedback.rocchio import Unchanged
from tests.feedback.marked import evidence, field, page


def test_the_ranking_stays_whatever_was_marked() -> None:
    images = field()
    told = evidence(images, page(range(10), [1, 2], [3]))
    verdict = Unchanged(strength=10).rerank(told, images)
    np.testing.assert_array_equal(verdict.scores, told.query_scores)
    assert verdict.query_vector is None
