import pytest

from firs.errors import InputError
from firs.milvus.index_kinds import HNSW, KINDS, by_size, supported_kind

OLD, NEW = (2, 3, 5), (2, 6, 1)


@pytest.mark.parametrize("name", list(KINDS))
def test_every_kind_has_the_parameters_of_milvus(name: str) -> None:
    kind = KINDS.load(name)
    index = kind.index(1_000_000)
    assert kind.name == name
    assert index.kind == kind.engine
    assert index.metric == ("HAMMING" if kind.on_bits else "COSINE")
    near, far = (kind.params(20, index.params, far=far) for far in (False, True))
    assert set(near) == set(far)
    assert all(near[key] <= far[key] for key in near)  # type: ignore[operator]


@pytest.mark.parametrize("name", list(KINDS))
def test_build_parameters_may_be_texts(name: str) -> None:
    kind = KINDS.load(name)
    built = kind.built(5_000)
    told = {key: str(value) for key, value in built.items()}
    assert kind.params(20, told) == kind.params(20, built)


@pytest.mark.parametrize("name", list(KINDS))
def test_a_new_server_has_all_kinds(name: str) -> None:
    assert supported_kind(name, NEW) == (KINDS.load(name), "")


@pytest.mark.parametrize("name", list(KINDS))
def test_an_old_one_takes_the_nearest_that_it_has(name: str) -> None:
    kind, told = supported_kind(name, OLD)
    assert kind.since <= OLD
    assert kind.on_bits == KINDS.load(name).on_bits
    assert bool(told) == (name in ("ivf-rabitq", "diskann"))
    assert not told or (KINDS.load(name).engine in told and "2.3.5" in told and "hnsw" in told)


def test_a_graph_is_searched_deeper_than_requested() -> None:
    assert [HNSW.params(k, {})["ef"] for k in (1, 100, 16_384)] == [200, 300, 32_768]


def test_lists_grow_with_the_vectors_within_milvus_limits() -> None:
    counts = [KINDS.load("bin-ivf").built(count)["nlist"] for count in (10, 10_000, 10**6, 10**9)]
    assert counts == [32, 400, 2828, 2828]


def test_the_size_decides_between_kinds_that_exist() -> None:
    assert {by_size(count) for count in (0, 10**6, 10**9)} <= set(KINDS)


def test_there_is_no_such_kind() -> None:
    with pytest.raises(InputError, match="no index on a server called 'ivf'"):
        supported_kind("ivf", NEW)
