"""What every index in the registry promises."""

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from firs.errors import InputError
from firs.index import KINDS, Index, StoredIndex, open_index_type
from firs.index.entries import GivenEntries

DIM = 24


def unit(count: int, seed: int, dim: int = DIM) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).standard_normal((count, dim))
    rows: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(
        np.float32
    )
    return rows


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> type[StoredIndex]:
    return open_index_type(request.param)


def test_keeps_the_protocol(kind: type[StoredIndex]) -> None:
    index = kind.build(np.arange(5), unit(5, 0))
    assert isinstance(index, Index)
    assert isinstance(index, StoredIndex)
    assert (len(index), index.dim) == (5, DIM)


def test_an_entry_finds_itself_first(kind: type[StoredIndex]) -> None:
    vectors = unit(300, 1)
    ids, scores = kind.build(np.arange(300) * 10, vectors).search(vectors, 1)
    assert ids[:, 0].tolist() == list(range(0, 3000, 10))
    assert scores[:, 0] == pytest.approx(1, abs=1e-3)


def test_shapes_and_dtypes(kind: type[StoredIndex]) -> None:
    ids, scores = kind.build(np.arange(9), unit(9, 2)).search(unit(4, 3), 6)
    assert (ids.shape, ids.dtype.name) == ((4, 6), "int64")
    assert (scores.shape, scores.dtype.name) == ((4, 6), "float32")


def test_scores_fall_and_stay_within_a_cosine(kind: type[StoredIndex]) -> None:
    vectors = unit(200, 4)
    _, scores = kind.build(np.arange(200), vectors).search(vectors[:20], 200)
    assert np.all(np.diff(scores, axis=1) <= 0)
    assert scores.max() <= 1
    assert scores.min() >= -1


def test_more_asked_than_there_is(kind: type[StoredIndex]) -> None:
    ids, scores = kind.build(np.array([4, 2, 8]), unit(3, 5)).search(unit(2, 6), 50)
    assert ids.shape == scores.shape == (2, 3)
    assert sorted(ids[0].tolist()) == [2, 4, 8]


@pytest.mark.parametrize("k", [1, 2, 3, 15, 39, 40])
def test_equal_scores_stand_in_the_order_of_ids_also_at_the_cut(
    kind: type[StoredIndex], k: int
) -> None:
    ids = np.random.default_rng(7).permutation(1000)[:40]
    same = np.repeat(unit(1, 8), 40, axis=0)
    for count in (1, 30):
        found, _ = kind.build(ids, same).search(unit(count, 9), k)
        assert found.tolist() == [sorted(ids.tolist())[:k]] * count


def test_length_of_a_vector_does_not_matter(kind: type[StoredIndex]) -> None:
    vectors, queries = unit(60, 10), unit(5, 11)
    plain = kind.build(np.arange(60), vectors).search(queries, 60)
    longer = (vectors * 7.5).astype(np.float32)
    scaled = kind.build(np.arange(60), longer).search((queries * 0.01).astype(np.float32), 60)
    np.testing.assert_allclose(plain[1], scaled[1], atol=1e-3)


def test_takes_half_precision(kind: type[StoredIndex]) -> None:
    vectors = unit(50, 12).astype(np.float16)
    ids, _ = kind.build(np.arange(50), vectors).search(vectors.astype(np.float32), 1)
    assert ids[:, 0].tolist() == list(range(50))


def test_saved_and_loaded_it_answers_the_same(kind: type[StoredIndex]) -> None:
    index = kind.build(np.arange(80) + 3, unit(80, 13))
    file = io.BytesIO()
    index.save(file)
    file.seek(0)
    again = kind.load(file)
    assert (len(again), again.dim) == (80, DIM)
    for before, after in zip(
        index.search(unit(6, 14), 10), again.search(unit(6, 14), 10), strict=True
    ):
        np.testing.assert_array_equal(before, after)


def test_among_some_it_finds_what_it_would_find_of_them(kind: type[StoredIndex]) -> None:
    ids, vectors, queries = np.arange(200) * 3, unit(200, 30), unit(7, 31)
    some = np.random.default_rng(32).permutation(ids)[:60]
    found = kind.build(ids, vectors).search(queries, 10, subset=some)
    places = np.searchsorted(ids, np.sort(some))
    alone = kind.build(np.sort(some), vectors[places]).search(queries, 10)
    np.testing.assert_array_equal(found[0], alone[0])
    np.testing.assert_allclose(found[1], alone[1], atol=1e-6)


def test_fewer_may_be_found_than_are_asked_for(kind: type[StoredIndex]) -> None:
    index = kind.build(np.arange(50), unit(50, 33))
    ids, scores = index.search(unit(2, 34), 20, subset=np.array([7, 3, 7, 999, -1]))
    assert ids.shape == scores.shape == (2, 2)
    assert sorted(ids[0].tolist()) == [3, 7]


def test_nothing_may_be_found(kind: type[StoredIndex]) -> None:
    index = kind.build(np.arange(50), unit(50, 35))
    for nothing in ([], [50, 99]):
        ids, _ = index.search(unit(2, 36), 20, subset=np.array(nothing, dtype=np.int64))
        assert ids.shape == (2, 0)


@pytest.mark.parametrize("k", [1, 3, 19, 20])
def test_among_equals_too_the_lower_ids_come_first(kind: type[StoredIndex], k: int) -> None:
    index = kind.build(np.arange(40), np.repeat(unit(1, 37), 40, axis=0))
    found, _ = index.search(unit(3, 38), k, subset=np.arange(1, 40, 2))
    assert found.tolist() == [list(range(1, 40, 2))[:k]] * 3


def test_among_many_it_finds_nearly_all_of_the_best(kind: type[StoredIndex]) -> None:
    rng = np.random.default_rng(40)
    images = unit(60, 41, dim=96)[rng.integers(0, 60, 6000)] + 0.7 * unit(6000, 42, dim=96)
    queries = (images[::60] + 0.5 * unit(100, 43, dim=96)).astype(np.float32)
    unit_images = images / np.linalg.norm(images, axis=1, keepdims=True)
    index = kind.build(np.arange(6000), images)
    for subset in (None, np.arange(0, 6000, 7)):
        held = unit_images if subset is None else unit_images[subset]
        best = np.argsort(-queries @ held.T, axis=1)[:, :10]
        found, _ = index.search(queries, 10, subset)
        expected = best if subset is None else subset[best]
        overlap = [np.isin(*each).mean() for each in zip(expected, found, strict=True)]
        assert np.mean(overlap) > 0.93


def test_some_are_found_no_more(kind: type[StoredIndex]) -> None:
    index, queries = kind.build(np.arange(50), unit(50, 44)), unit(5, 45)
    fewer = index.without(np.array([3, 4, 999])).without(np.array([5]))
    assert (len(index), len(fewer)) == (50, 47)
    found, _ = fewer.search(queries, 50)
    assert found.shape == (5, 47)
    assert not np.isin(found, [3, 4, 5]).any()
    assert fewer.search(queries, 50, subset=np.array([2, 3, 6]))[0].shape == (5, 2)
    assert index.search(queries, 50)[0].shape == (5, 50)


def test_written_in_parts_it_answers_as_if_built_at_once(
    kind: type[StoredIndex], tmp_path: Path
) -> None:
    vectors, queries = unit(300, 46), unit(6, 47)
    with (tmp_path / "file").open("w+b") as file:
        file.write(b"before")
        written, on_disk = kind.build_to_file(file, GivenEntries(np.arange(300), vectors))
        file.flush()
        assert 0 <= on_disk.start <= on_disk.stop <= file.tell()
        file.seek(6)
        loaded = kind.load(file)
    expected = kind.build(np.arange(300), vectors).search(queries, 10)
    for index in (written, loaded):
        np.testing.assert_array_equal(index.search(queries, 10)[0], expected[0])


@pytest.mark.parametrize("count", [1, 2, 17, 700])
def test_any_dimension_and_any_number(kind: type[StoredIndex], count: int) -> None:
    for dim in (1, 7, 33, 130):
        vectors = unit(count, 48, dim)
        _, scores = kind.build(np.arange(count), vectors).search(vectors[:5], 12)
        assert scores.shape == (min(5, count), min(12, count)), dim
        assert scores[:, 0] == pytest.approx(1, abs=2e-3), dim


def test_a_constant_dimension(kind: type[StoredIndex]) -> None:
    vectors = unit(300, 49)
    vectors[:, 3] = 0.5
    ids, _ = kind.build(np.arange(300), vectors).search(vectors, 1)
    assert ids[:, 0].tolist() == list(range(300))


def test_nothing_in_it(kind: type[StoredIndex]) -> None:
    index = kind.build(np.empty(0, dtype=np.int64), np.empty((0, DIM), dtype=np.float32))
    ids, scores = index.search(unit(2, 15), 5)
    assert len(index) == 0
    assert ids.shape == scores.shape == (2, 0)


def test_no_queries(kind: type[StoredIndex]) -> None:
    ids, scores = kind.build(np.arange(5), unit(5, 16)).search(unit(0, 17), 3)
    assert ids.shape == scores.shape == (0, 3)


def test_k_below_one(kind: type[StoredIndex]) -> None:
    index = kind.build(np.arange(5), unit(5, 18))
    with pytest.raises(InputError, match="k must be 1 or more, not 0"):
        index.search(unit(1, 19), 0)


def test_a_query_of_another_dimension(kind: type[StoredIndex]) -> None:
    index = kind.build(np.arange(5), unit(5, 20))
    with pytest.raises(InputError, match=r"shape \(q, 24\), not \(1, 7\)"):
        index.search(unit(1, 21, dim=7), 3)
    with pytest.raises(InputError, match=r"not \(24,\)"):
        index.search(unit(1, 22)[0], 3)


@pytest.mark.parametrize("wrong", [0.0, np.nan, np.inf])
def test_a_query_without_direction(kind: type[StoredIndex], wrong: float) -> None:
    queries = unit(3, 23)
    queries[1] = wrong
    with pytest.raises(InputError, match="query 1 is zero or not finite"):
        kind.build(np.arange(5), unit(5, 24)).search(queries, 3)


@pytest.mark.parametrize("wrong", [0.0, np.nan, -np.inf])
def test_an_entry_without_direction(kind: type[StoredIndex], wrong: float) -> None:
    vectors = unit(3, 25)
    vectors[2] = wrong
    with pytest.raises(InputError, match="entry 30 is zero or not finite"):
        kind.build(np.array([10, 20, 30]), vectors)
