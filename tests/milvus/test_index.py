"""The contract of every index (see ``tests/index/test_contract.py``), on a server.

``tests/distributed/test_milvus_index.py`` runs the same on a real server.
"""

from collections.abc import Iterator

import numpy as np
import pytest

from firs.errors import InputError
from firs.index import Index
from firs.index.exact import ExactFloat32Index
from firs.milvus import index as module
from firs.milvus.index import MilvusIndex
from firs.milvus.index_kinds import KINDS
from tests.index.test_contract import DIM, unit
from tests.milvus.fake_client import installed
from tests.milvus.fake_server import FakeMilvus
from tests.milvus.served import Served, rows_of, server_of

PLAIN = unit(300, 1)
SAME = np.repeat(unit(1, 8), 40, axis=0)
SAME_IDS = 10_000 + np.random.default_rng(7).permutation(1_000)[:40]


@pytest.fixture(scope="module", params=list(KINDS))
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    milvus = FakeMilvus()
    with installed(milvus):
        made = Served(server_of(milvus.url("unused")), request.param, DIM)
        put_vectors(made)
        yield made


def put_vectors(served: Served) -> None:
    """Put 300 vectors with the ids 0, 10, …; 40 equal ones; and three."""
    served.put(rows_of(range(0, 3000, 10), PLAIN, "plain"))
    served.put(rows_of(SAME_IDS, SAME, "same"))
    served.put(rows_of([4_000_002, 4_000_001, 4_000_008], unit(3, 5), "few"))


@pytest.fixture
def plain(served: Served) -> MilvusIndex:
    return served.index('path == "plain"')


def exact(queries: np.ndarray, k: int, subset: np.ndarray | None = None):  # type: ignore[no-untyped-def]
    return ExactFloat32Index.build(np.arange(0, 3000, 10), PLAIN).search(queries, k, subset)


def test_keeps_the_protocol(plain: MilvusIndex) -> None:
    assert isinstance(plain, Index)
    assert (len(plain), plain.dim) == (300, DIM)


def test_an_entry_finds_itself_first(plain: MilvusIndex) -> None:
    ids, scores = plain.search(PLAIN, 1)
    assert ids[:, 0].tolist() == list(range(0, 3000, 10))
    assert scores[:, 0] == pytest.approx(1, abs=1e-6)


def test_shapes_and_dtypes(plain: MilvusIndex) -> None:
    ids, scores = plain.search(unit(4, 3), 6)
    assert (ids.shape, ids.dtype.name) == ((4, 6), "int64")
    assert (scores.shape, scores.dtype.name) == ((4, 6), "float32")
    assert plain.search(unit(0, 3), 6)[0].shape == (0, 0)


def test_its_results_and_scores_are_those_of_exact_search(plain: MilvusIndex) -> None:
    queries = unit(20, 2)
    found, expected = plain.search(queries, 10), exact(queries, 10)
    overlap = [np.isin(*each).mean() for each in zip(expected[0], found[0], strict=True)]
    assert np.mean(overlap) > 0.98
    scores = PLAIN[found[0] // 10] @ queries[:, :, np.newaxis]
    np.testing.assert_allclose(found[1], scores[:, :, 0], atol=1e-6)


def test_flat_finds_it_in_the_same_order(served: Served, plain: MilvusIndex) -> None:
    if served.kind.name != "flat":
        pytest.skip("other kinds may miss some")
    queries = unit(20, 2)
    found, expected = plain.search(queries, 300), exact(queries, 300)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_allclose(found[1], expected[1], atol=1e-6)


def test_scores_fall_and_stay_within_a_cosine(plain: MilvusIndex) -> None:
    _, scores = plain.search(PLAIN[:20], 200)
    assert np.all(np.diff(scores, axis=1) <= 0)
    assert scores.max() <= 1
    assert scores.min() >= -1


def test_more_asked_than_there_is(served: Served) -> None:
    ids, scores = served.index('path == "few"').search(unit(2, 6), 50)
    assert ids.shape == scores.shape == (2, 3)
    assert sorted(ids[0].tolist()) == [4_000_001, 4_000_002, 4_000_008]


@pytest.mark.parametrize("k", [1, 3, 15, 39, 40])
def test_equal_scores_stand_in_the_order_of_ids_also_at_the_cut(served: Served, k: int) -> None:
    for count in (1, 30):
        found, _ = served.index('path == "same"').search(unit(count, 9), k)
        assert found.tolist() == [sorted(SAME_IDS.tolist())[:k]] * count


def test_length_of_a_query_does_not_matter(plain: MilvusIndex) -> None:
    queries = unit(5, 11)
    one, other = plain.search(queries, 60), plain.search((queries * 0.01).astype(np.float32), 60)
    np.testing.assert_allclose(one[1], other[1], atol=1e-5)


def test_among_some_it_finds_what_it_would_find_of_them(plain: MilvusIndex) -> None:
    queries = unit(7, 31)
    some = np.random.default_rng(32).permutation(np.arange(0, 3000, 10))[:60]
    found, alone = plain.search(queries, 10, subset=some), exact(queries, 10, some)
    np.testing.assert_array_equal(found[0], alone[0])
    np.testing.assert_allclose(found[1], alone[1], atol=1e-6)


def test_fewer_may_be_found_than_are_asked_for(plain: MilvusIndex) -> None:
    ids, scores = plain.search(unit(2, 34), 20, subset=np.array([70, 30, 70, 999, -1]))
    assert ids.shape == scores.shape == (2, 2)
    assert sorted(ids[0].tolist()) == [30, 70]


def test_nothing_may_be_found(served: Served, plain: MilvusIndex) -> None:
    for nothing in ([], [51, 99]):
        ids, _ = plain.search(unit(2, 36), 20, subset=np.array(nothing, dtype=np.int64))
        assert ids.shape == (2, 0)
    nowhere = served.index('path == "nowhere"')
    assert len(nowhere) == 0
    assert nowhere.search(unit(2, 36), 20)[0].shape == (2, 0)


def test_a_large_subset_is_requested_in_parts(
    plain: MilvusIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_IDS_AT_ONCE", 25)
    some = np.arange(0, 3000, 20)
    found, alone = plain.search(unit(4, 60), 30, subset=some), exact(unit(4, 60), 30, some)
    np.testing.assert_array_equal(found[0], alone[0])


def test_more_results_than_one_search_returns_are_requested_in_parts(
    served: Served, plain: MilvusIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_FOUND", 90)
    monkeypatch.setattr(module, "_A_PART", 40)
    found, expected = plain.search(unit(3, 61), 250), exact(unit(3, 61), 250)
    assert found[0].shape == (3, 250)
    if not served.kind.on_bits:
        np.testing.assert_array_equal(found[0], expected[0])


@pytest.mark.parametrize(
    ("queries", "k", "message"),
    [
        (unit(2, 50, dim=DIM + 1), 3, r"shape \(q, 24\)"),
        (np.zeros((1, DIM), np.float32), 3, "zero or not finite"),
        (np.full((1, DIM), np.nan, np.float32), 3, "zero or not finite"),
        (unit(1, 51), 0, "k must be 1 or more"),
    ],
)
def test_malformed_queries_are_refused(
    plain: MilvusIndex, queries: np.ndarray, k: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        plain.search(queries, k)
