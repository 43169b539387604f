"""Semantic hashing: vectors → a few bits a dimension that are compared in their place."""

from firs.hashing.base import Hash
from firs.registry import Registry

__all__ = ["HASHES", "Hash"]

HASHES: Registry[type[Hash]] = Registry(
    "hash",
    {
        "own-mean": "firs.hashing.per_vector:PerVectorMean",
        "own-median": "firs.hashing.per_vector:PerVectorMedian",
        "mean": "firs.hashing.signs:Mean",
        "median": "firs.hashing.signs:Median",
        "rotation": "firs.hashing.signs:Rotation",
        "itq": "firs.hashing.signs:Itq",
        "super-bits": "firs.hashing.superbits:SuperBits",
        "principal": "firs.hashing.principal:Principal",
        "principal-2": "firs.hashing.principal:Principal2",
        "levels-2": "firs.hashing.levels:Levels2",
        "levels-4": "firs.hashing.levels:Levels4",
        "levels-8": "firs.hashing.levels:Levels8",
    },
)
