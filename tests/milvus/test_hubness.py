import numpy as np
import pytest

from firs.calibration.hubness import biases
from firs.collection.calibrations import NOBODY, CalibrationRecord
from firs.milvus.hubness import CachedHubness
from firs.search import EmbeddingSearcher
from tests.search.far import far
from tests.search.test_shortlist import COUNT, QUERY, space, units

TEXTS = units(150, 11)
OWNERS = np.where(np.arange(150) % 2, 3 * np.arange(150), NOBODY)


class Kept:
    """One calibration, and how often it was read."""

    def __init__(self, bank: str = "captions") -> None:
        self.told = 0
        self.the_mark: str | None = "a"
        self.bank = bank

    def mark(self, encoder: str) -> str | None:
        return self.the_mark

    def read(self, encoder: str) -> CalibrationRecord | None:
        self.told += 1
        none = np.empty(0, np.float32)
        return CalibrationRecord(
            self.bank, TEXTS.astype(np.float16), OWNERS, None, 0, none, self.the_mark or ""
        )


def near(of: EmbeddingSearcher, kept: Kept, held: CachedHubness):  # type: ignore[no-untyped-def]
    at_hand = of.shortlist_for(QUERY)
    return at_hand, held.of(at_hand, of.matrix)


def test_each_image_at_hand_has_the_bias_that_it_has_among_all() -> None:
    kept, away = Kept(), far(space(), shortlist=40, sample=100)
    at_hand, found = near(away, kept, CachedHubness(kept))
    texts = TEXTS.astype(np.float16).astype(np.float32)
    owners = np.where(OWNERS == NOBODY, -1, OWNERS // 3)
    every = biases(space().matrix.vectors, texts, owners)
    np.testing.assert_allclose(found.biases, every[at_hand.matrix.ids // 3], atol=1e-6)
    assert found.mark == "a"
    assert found.familiar(QUERY[0]) is not None


def test_the_mean_that_is_added_again_is_that_of_the_sample() -> None:
    kept, away = Kept(), far(space(), shortlist=40, sample=COUNT)
    at_hand, found = near(away, kept, CachedHubness(kept))
    scores = np.zeros(len(at_hand.matrix), np.float32)
    assert found.of(scores).mean() == pytest.approx(0, abs=1e-6)


def test_the_bank_is_read_once_until_it_changes() -> None:
    kept, away = Kept("everyday"), far(space(), shortlist=40)
    held = CachedHubness(kept)
    for _ in range(3):
        _, found = near(away, kept, held)
        assert found.familiar(QUERY[0]) is None
    assert kept.told == 1
    kept.the_mark = "b"
    assert near(away, kept, held)[1].mark == "b"
    kept.the_mark = None
    assert near(away, kept, held)[1] is None
    assert kept.told == 2
