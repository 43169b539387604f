"""Semantic hashing: vectors → a few bits a dimension that are compared in their place."""

from collections.abc import Callable
from functools import partial

from firs.hashing.base import Hash, Trainer
from firs.registry import Call, Registry, defaults_of

__all__ = ["HASHES", "Hash", "Trainer", "open_hash"]

HASHES: Registry[type[Hash]] = Registry(
    "hash",
    {
        "own-mean": "firs.hashing.per_vector:PerVectorMean",
        "own-median": "firs.hashing.per_vector:PerVectorMedian",
        "mean": "firs.hashing.signs:Mean",
        "median": "firs.hashing.signs:Median",
        "rotation": "firs.hashing.signs:Rotation",
        "itq": "firs.hashing.signs:Itq",
        "super-bits": "firs.hashing.signs:SuperBits",
        "principal": "firs.hashing.levels:Principal",
        "levels": "firs.hashing.levels:Levels",
    },
)


def open_hash(name: str) -> Trainer:
    """Return the function that trains a hash.

    Args:
        name: a name in ``HASHES``, optionally with parameters: ``levels(bits=4)``.

    Raises:
        InputError: there is no such hash or parameter, or a value is of the wrong type.
    """
    call = Call.parse(name)
    train: Callable[..., Hash] = HASHES.load(call.name).train
    return partial(train, **call.check_parameters("hash", defaults_of(train)))
