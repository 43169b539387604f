"""IVF index: codes in inverted lists, of which a search probes some; for millions of entries.

An inverted file (Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", IEEE
Transactions on Pattern Analysis and Machine Intelligence 33, 2011): the code of an entry encodes
its difference from the centroid of its list.
"""

from typing import ClassVar

from firs.index.bits import BitIndex

_ENTRIES_A_LIST = 128
_MOST = 4_096


class IvfIndex(BitIndex):
    """The bits of the nearest lists against a float query; the best are scored again."""

    target: ClassVar[float] = 0.965

    @classmethod
    def lists_for(cls, count: int) -> int:
        """A power of two near the square root of ``count``, with some entries a list."""
        wanted = min(count // _ENTRIES_A_LIST, int(count**0.5), _MOST)
        return 1 << max(0, wanted.bit_length() - 1)
