from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.index.base import Ids
from firs.ranking import Ranking
from firs.search import EmbeddingMatrix
from firs.search.postprocess import Postprocess

COUNT = 400


class Found:
    """A ranking of images of which ten in a row are alike; it notes how deep it was asked."""

    def __init__(self, alike: int = 10) -> None:
        turned = (np.arange(COUNT) // alike) * 2.4
        self.vectors = np.stack([np.cos(turned), np.sin(turned), turned / 50], axis=1)
        self.vectors /= np.linalg.norm(self.vectors, axis=1, keepdims=True)
        self.depths: list[int] = []

    def find(self, depth: int) -> Ranking:
        self.depths.append(depth)
        count = min(depth, COUNT)
        scores = np.linspace(1, 0, COUNT, dtype=np.float32)[:count]
        return Ranking(np.arange(count), scores, [Path(f"{at}") for at in range(count)], "test")

    def table(self, ids: Ids) -> EmbeddingMatrix:
        return EmbeddingMatrix(np.arange(COUNT), self.vectors.astype(np.float32))


def no_hashes(ids: Ids) -> Mapping[int, bytes]:
    return {}


def test_as_it_was_found() -> None:
    found = Found()
    assert Postprocess().run(found.find, 7, found.table, no_hashes).ids.tolist() == list(range(7))
    assert found.depths == [7]


def test_deep_enough_for_k_after_folding() -> None:
    found = Found()
    page = Postprocess(near=0.999).run(found.find, 12, found.table, no_hashes)
    assert page.ids.tolist() == list(range(0, 120, 10))
    assert len(page.duplicates[0]) == 9
    assert found.depths == [24, 96, 384]


def test_fewer_where_there_are_fewer() -> None:
    found = Found(alike=100)
    page = Postprocess(near=0.999).run(found.find, 12, found.table, no_hashes)
    assert page.ids.tolist() == [0, 100, 200, 300]


def test_folded_by_content() -> None:
    found = Found(alike=1)
    hashes = {at: str(at // 2).encode() for at in range(COUNT)}
    page = Postprocess(near=1).run(found.find, 5, found.table, lambda _: hashes)
    assert page.ids.tolist() == [0, 2, 4, 6, 8]


def test_varied_looks_further_than_k() -> None:
    found = Found()
    page = Postprocess(relevance=0.3).run(found.find, 5, found.table, no_hashes)
    assert found.depths == [100]
    assert len({id_ // 10 for id_ in page.ids.tolist()}) == 5


def test_folded_then_varied() -> None:
    found = Found(alike=2)
    page = Postprocess(near=0.999, relevance=0.5).run(found.find, 5, found.table, no_hashes)
    assert len(page) == 5
    assert all(id_ % 2 == 0 for id_ in page.ids.tolist())
    assert set(page.duplicates) == set(page.ids.tolist())


@pytest.mark.parametrize("page", [Postprocess(near=2), Postprocess(relevance=1.5)])
def test_what_cannot_be_meant(page: Postprocess) -> None:
    found = Found()
    with pytest.raises(InputError):
        page.run(found.find, 5, found.table, no_hashes)
