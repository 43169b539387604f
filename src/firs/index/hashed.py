"""One bit a dimension, every entry compared: an eighth of float16's room in memory, and fast."""

from firs.index.bits import BitIndex


class HashIndex(BitIndex):
    """Every entry's bits against a float query; the best are scored again from float16."""
