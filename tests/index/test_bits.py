from pathlib import Path

import numpy as np
import pytest

from firs.index.bits import BitIndex
from firs.index.cache import IndexKey, load_or_build
from firs.index.hashed import HashIndex
from firs.index.ivf import IvfIndex
from tests.index.test_contract import unit

IDS = np.arange(5000)
_SPREAD = np.exp(-np.arange(64) / 8, dtype=np.float32)
_DRAWN = unit(5000, 0, dim=64) * _SPREAD
IMAGES = (_DRAWN / np.linalg.norm(_DRAWN, axis=1, keepdims=True)).astype(np.float16)


@pytest.fixture(scope="module", params=[HashIndex, IvfIndex])
def index(request: pytest.FixtureRequest) -> BitIndex:
    built: BitIndex = request.param.build(IDS, IMAGES)
    return built


def test_unit_vectors_of_half_precision_are_not_copied(index: BitIndex) -> None:
    assert np.shares_memory(index._rows, IMAGES)


def test_scores_are_cosines(index: BitIndex) -> None:
    queries = unit(5, 1, dim=64)
    ids, scores = index.search(queries, 20)
    cosines = queries @ IMAGES.astype(np.float32).T
    np.testing.assert_allclose(scores, np.take_along_axis(cosines, ids, axis=1), atol=1e-3)


def test_harder_queries_make_it_look_farther() -> None:
    built = HashIndex.build(IDS, IMAGES)
    before = built.reach
    built.tune(unit(40, 2, dim=64))
    assert built.reach.rescored > before.rescored
    after = built.reach
    built.tune(IMAGES[:20].astype(np.float32))
    assert built.reach == after


def test_the_rows_of_a_file_stay_on_disk(tmp_path: Path) -> None:
    key = IndexKey("fake", "f00d", 1)
    opened = load_or_build("hash", tmp_path, key, lambda: (IDS, IMAGES))
    assert isinstance(opened, HashIndex)
    assert isinstance(opened._rows, np.memmap)
    (tmp_path / "hash.index").unlink()
    assert opened.search(IMAGES[:9].astype(np.float32), 1)[0][:, 0].tolist() == list(range(9))


@pytest.mark.parametrize(
    ("count", "lists"), [(0, 1), (1, 1), (255, 1), (5000, 32), (500_000, 512), (10**8, 4096)]
)
def test_lists_grow_with_the_entries(count: int, lists: int) -> None:
    assert IvfIndex.lists_for(count) == lists
    assert HashIndex.lists_for(count) == 1
