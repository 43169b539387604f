from pathlib import Path

import numpy as np
import pytest

from firs.index.entries import GivenEntries
from firs.index.files import IndexKey
from firs.index.quantized import BitIndex, HashIndex, IvfIndex
from tests.index.opening import load_or_build
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
    assert np.shares_memory(index._rows.array, IMAGES)


def test_scores_are_cosines(index: BitIndex) -> None:
    queries = unit(5, 1, dim=64)
    ids, scores = index.search(queries, 20)
    cosines = queries @ IMAGES.astype(np.float32).T
    np.testing.assert_allclose(scores, np.take_along_axis(cosines, ids, axis=1), atol=1e-3)


def test_harder_queries_make_it_look_farther() -> None:
    spread_evenly = unit(5000, 0, dim=256)
    built = HashIndex.build(IDS, spread_evenly)
    before = built.reach
    built.tune(unit(40, 2, dim=256))
    assert built.reach.rescored > before.rescored
    after = built.reach
    built.tune(spread_evenly[:20])
    assert built.reach == after


def test_a_query_across_all_that_is_kept_of_the_vectors(index: BitIndex) -> None:
    flat = np.zeros((400, 64), dtype=np.float32)
    flat[:, :8] = unit(400, 3, dim=8)
    across = np.eye(64, dtype=np.float32)[[50]]
    ids, scores = type(index).build(np.arange(400), flat).search(across, 3)
    assert (ids.tolist(), scores.tolist()) == ([[0, 1, 2]], [[0, 0, 0]])


def test_the_rows_of_a_file_stay_on_disk(tmp_path: Path) -> None:
    key = IndexKey("fake", "f00d", 1)
    opened = load_or_build("hash", tmp_path, key, lambda: GivenEntries(IDS, IMAGES))
    assert isinstance(opened, HashIndex)
    assert opened._rows.mapping is not None
    (tmp_path / "hash.index").unlink()
    assert opened.search(IMAGES[:9].astype(np.float32), 1)[0][:, 0].tolist() == list(range(9))


@pytest.mark.parametrize(
    ("count", "lists"), [(0, 1), (1, 1), (255, 1), (5000, 32), (500_000, 512), (10**8, 4096)]
)
def test_lists_grow_with_the_entries(count: int, lists: int) -> None:
    assert IvfIndex.lists_for(count) == lists
    assert HashIndex.lists_for(count) == 1
