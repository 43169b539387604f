import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firs.index.base import Ids, Scores
from firs.index.query import search_with_ties


class Bench:
    """A search over fixed scores that breaks ties as badly as it may, and counts its calls."""

    def __init__(self, scores: list[float]) -> None:
        self._scores = np.array([scores], dtype=np.float32)
        self._worst = np.lexsort((-np.arange(len(scores)), -self._scores[0]))[None, :]
        self.asked: list[int] = []

    def fetch(self, count: int) -> tuple[Ids, Scores]:
        self.asked.append(count)
        ids = self._worst[:, :count].astype(np.int64)
        return ids, np.take_along_axis(self._scores, ids, axis=1)


@given(st.lists(st.sampled_from([0.1, 0.2, 0.3]), min_size=1, max_size=200), st.data())
def test_the_order_is_that_of_a_full_sort(scores: list[float], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(scores)))
    ids, found = search_with_ties(Bench(scores).fetch, k, len(scores))
    expected = sorted(range(len(scores)), key=lambda at: (-scores[at], at))[:k]
    assert ids.tolist() == [expected]
    np.testing.assert_allclose(found[0], [scores[at] for at in expected])


def test_one_search_where_nothing_ties() -> None:
    bench = Bench([at / 100 for at in range(100)])
    ids, _ = search_with_ties(bench.fetch, 3, 100)
    assert ids.tolist() == [[99, 98, 97]]
    assert bench.asked == [11]


def test_one_query_that_ties_is_enough_to_look_further() -> None:
    bench = Bench([0.5] * 300)
    assert search_with_ties(bench.fetch, 1, 300)[0].tolist() == [[0]]
    assert bench.asked == [9, 36, 144, 300]
