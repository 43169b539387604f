"""Semantic hashing: vectors → a few bits a dimension that are compared in their place."""

from firs.hashing.base import Hash
from firs.registry import Registry

__all__ = ["HASHES", "Hash"]

HASHES: Registry[type[Hash]] = Registry(
    "hash",
    {
        "own-mean": "firs.hashing.own:PerVectorMean",
        "own-median": "firs.hashing.own:PerVectorMedian",
        "mean": "firs.hashing.thresholds:Mean",
        "median": "firs.hashing.thresholds:Median",
        "rotation": "firs.hashing.rotation:Rotation",
        "itq": "firs.hashing.itq:Itq",
        "super-bits": "firs.hashing.superbits:SuperBits",
        "principal": "firs.hashing.principal:Principal",
        "principal-2": "firs.hashing.principal:Principal2",
        "levels-2": "firs.hashing.levels:Levels2",
        "levels-4": "firs.hashing.levels:Levels4",
        "levels-8": "firs.hashing.levels:Levels8",
    },
)
