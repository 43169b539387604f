import json
from dataclasses import asdict

import numpy as np
import pytest
from numpy.typing import NDArray

from firs.index.base import Ids, Scores
from firs.index.certificate import Certificate, verify_index, wilson
from firs.index.entries import GivenEntries
from firs.index.exact import ExactIndex
from tests.index.test_contract import unit

IDS = np.arange(300)
IMAGES = unit(300, 0)


class Careless(ExactIndex):
    """An exact index that passes over the best for every second query."""

    def search(
        self, queries: NDArray[np.float32], k: int, subset: Ids | None = None
    ) -> tuple[Ids, Scores]:
        ids, scores = super().search(queries, min(k + 1, len(self)), subset)
        ids[::2, :k], scores[::2, :k] = ids[::2, -k:], scores[::2, -k:]
        return ids[:, :k], scores[:, :k]


def checked(kind: type[ExactIndex]) -> Certificate:
    asked = {"texts": unit(40, 1), "images": IMAGES[:20]}
    return verify_index(
        "exact", kind.build(IDS, IMAGES), GivenEntries(IDS, IMAGES), asked, revision=7
    )


def test_an_exact_index_finds_all() -> None:
    found = checked(ExactIndex)
    assert found.queries == {"texts": 40, "images": 20}
    assert [share.share for share in found.recall["texts"].values()] == [1, 1, 1]
    assert list(found.recall["images"]) == ["1", "10", "100"]


def test_what_is_missed_counts() -> None:
    shares = checked(Careless).recall["texts"]
    assert shares["1"].share == 0.5
    assert shares["10"].share == pytest.approx(0.95, abs=0.01)
    assert shares["1"].low < 0.5 < shares["1"].high


def test_it_is_kept_as_json() -> None:
    found = checked(ExactIndex)
    assert Certificate.of(json.loads(json.dumps(asdict(found)))) == found


def test_what_is_said() -> None:
    assert checked(ExactIndex).lines()[1] == (
        "by 20 images: recall@1 1.000 (0.839 to 1.000), recall@10 1.000 (0.839 to 1.000), "
        "recall@100 1.000 (0.839 to 1.000)"
    )


def test_depths_end_with_the_entries() -> None:
    index = ExactIndex.build(IDS[:30], IMAGES[:30])
    entries = GivenEntries(IDS[:30], IMAGES[:30])
    found = verify_index("exact", index, entries, {"texts": unit(3, 2)}, 0)
    assert list(found.recall["texts"]) == ["1", "10", "30"]


@pytest.mark.parametrize(("share", "count"), [(0, 10), (1, 10), (0.5, 1000)])
def test_an_interval_holds_its_share(share: float, count: int) -> None:
    interval = wilson(share, count)
    assert 0 <= interval.low <= share <= interval.high <= 1
