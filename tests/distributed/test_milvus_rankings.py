"""Rankings of real photos on a server are those of the same collection in a folder.

Both have the same ids, so that equal scores are in the same order. A shortlist of 1,000 and a
sample of 2,000 hold all of these 1,040 photos, so that only rounding differs; how far a shorter
one leads is in ``tests/session/test_widening.py``.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.filters import Filter
from tests.distributed.both import photos_of, put
from tests.distributed.milvus import MilvusServer
from tests.milvus.test_rankings import (
    Both,
    test_filters,
    test_flat_ranks_as_a_folder_does,
    test_queries_of_several_terms,
    test_sessions_with_feedback,
)

__all__ = [
    "test_filters",
    "test_flat_ranks_as_a_folder_does",
    "test_queries_of_several_terms",
    "test_sessions_with_feedback",
]

pytestmark = pytest.mark.distributed

COUNT = 1_040
"""Milvus builds no index over fewer than 1,024."""


@pytest.fixture(scope="module")
def both(
    shared_data: Path, milvus: MilvusServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    folder = photos_of(shared_data, tmp_path_factory.mktemp("rankings") / "photos", COUNT)
    url = milvus.url("rankings")
    with Collection(folder / ".firs", "mini", dtype="float16") as here:
        here.add(folder)
        here.index.choose("exact(dtype=float32)")
        tagged = list(range(1, COUNT, 7))
        here.tag(tagged, "sevenths")
        put(here, url)
        with Collection(url, "mini") as there:
            captions = [each.captions[1] for each in here]
            yield Both(here, there, captions[::25])


def overlap(both: Both, caption: str, where: Filter | None = None) -> float:
    """The share of the folder's best ten that the server has among its own."""
    one, other = (each.search(caption, k=10, where=where) for each in both[:2])
    return float(np.isin(one.ids, other.ids).mean())


def test_dates(both: Both) -> None:
    where = Filter(before=datetime(2001, 1, 1, tzinfo=UTC))
    np.testing.assert_array_equal(both.there.filter_ids(where), both.here.filter_ids(where))


def test_scores_mean_the_same(both: Both) -> None:
    for each in both[:2]:
        each.calibration.fit("everyday")
    try:
        mine, theirs = (each.search(both.captions[1]).confidence for each in both[:2])
        assert mine is not None
        assert theirs is not None
        best = next(iter(mine.probabilities))
        assert theirs.probabilities[best] == pytest.approx(mine.probabilities[best], rel=0.05)
    finally:
        for each in both[:2]:
            each.calibration.forget()


def test_calibrated_by_captions_of_which_each_draws_its_own(both: Both) -> None:
    made = [each.calibration.fit() for each in both[:2]]
    try:
        meanings = [record.meaning for record in made]
        assert all(each is not None and each.caption_support is not None for each in meanings)
        sharpness = [each.logit_scale for each in meanings if each is not None]
        assert sharpness[0] == pytest.approx(sharpness[1], rel=0.1)
        shares = [overlap(both, caption) for caption in both.captions]
        assert np.mean(shares) >= 0.93
    finally:
        for each in both[:2]:
            each.calibration.forget()


@pytest.mark.parametrize(("kind", "least"), [("hnsw", 0.95), ("bin-flat", 0.98), ("bin-ivf", 0.98)])
def test_other_kinds_find_nearly_all_of_the_best_ten(both: Both, kind: str, least: float) -> None:
    """The last of this file: an index takes seconds to exchange, and is left as it is."""
    both.there.index.choose(kind)
    assert both.there.index.kind() == kind
    assert np.mean([overlap(both, caption) for caption in both.captions]) >= least
    certificate = both.there.index.verify()
    assert certificate == both.there.index.certificate()
    assert (certificate.kind, certificate.entries) == (kind, COUNT)
    assert all(each["10"].share >= least for each in certificate.recall.values())
    assert overlap(both, both.captions[0], Filter(tags="sevenths")) >= 0.9
