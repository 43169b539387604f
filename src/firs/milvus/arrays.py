"""Arrays in documents: their bytes as text, with what they are."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def encode_array(array: NDArray[Any]) -> dict[str, Any]:
    """An array as JSON can hold it.

    >>> packed(np.arange(2, dtype=np.int64))["shape"]
    [2]
    """
    data = base64.b85encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    return {"dtype": array.dtype.str, "shape": list(array.shape), "data": data}


def decode_array(told: Mapping[str, Any]) -> NDArray[Any]:
    """The array again."""
    data = base64.b85decode(told["data"])
    return np.frombuffer(data, np.dtype(told["dtype"])).reshape(told["shape"])
