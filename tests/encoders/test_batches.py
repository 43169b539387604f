import numpy as np
import pytest

from firs.encoders.text import BATCH, encode_in_batches
from tests.fakes import FakeEncoder


@pytest.mark.parametrize("count", [0, 1, BATCH, 2 * BATCH + 3])
def test_the_parts_are_those_of_all_at_once(count: int) -> None:
    texts = [("red wall", "blue wall", "green wall")[at % 3] for at in range(count)]
    progress: list[tuple[int, int]] = []
    found = encode_in_batches(FakeEncoder(), texts, lambda *far: progress.append(far))
    assert found.shape == (count, FakeEncoder().dim)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(encode_in_batches(FakeEncoder(), texts), found)
    if count:
        np.testing.assert_array_equal(found, FakeEncoder().encode_texts(texts))
        assert progress[-1] == (count, count)
