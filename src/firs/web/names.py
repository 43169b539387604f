"""File names as JSON can carry them."""

import os
from pathlib import Path


def readable(path: str | Path) -> str:
    r"""Return a path as text; bytes that are not UTF-8 become question marks.

    >>> readable("caf\udce9.jpg")
    'caf\ufffd.jpg'
    """
    return os.fsencode(path).decode(errors="replace")
