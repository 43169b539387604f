import json

import numpy as np
import pytest

from firs.milvus.documents import PART_BYTES, split
from firs.storage.documents import decode_array, encode_array


@pytest.mark.parametrize("dtype", ["float16", "float32", "int64", "uint8"])
@pytest.mark.parametrize("shape", [(0,), (3,), (0, 4), (2, 3)])
def test_an_array_is_itself_again(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).normal(size=shape).astype(dtype)
    again = decode_array(json.loads(json.dumps(encode_array(array))))
    assert (again.dtype, again.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(again, array)


@pytest.mark.parametrize("length", [0, 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES])
def test_a_long_text_is_cut_and_nothing_is_lost(length: int) -> None:
    body = "".join(chr(ord("a") + at % 26) for at in range(length))
    pieces = split(body)
    assert "".join(pieces) == body
    assert all(len(piece) <= PART_BYTES for piece in pieces)
    assert len(pieces) == max(1, -(-length // PART_BYTES))
