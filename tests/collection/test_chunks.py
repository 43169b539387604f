from firs.storage.records import batches


def test_keys_in_parts() -> None:
    assert [list(some) for some in batches(range(5), 2)] == [[0, 1], [2, 3], [4]]


def test_batches() -> None:
    documents = [{"n": n} for n in range(5)]
    assert [len(part) for part in batches(documents, 2)] == [2, 2, 1]
    assert list(batches([], 2)) == []
