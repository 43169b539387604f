"""Decoders warn about odd metadata; a thousand photos must not fill a terminal with that.

``warnings.catch_warnings`` saves and restores the whole list of filters and so may not be used in
several threads at once. Here one filter, for the decoders' own modules only, stands while any
thread is inside and goes when the last one leaves.
"""

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

_FILTER = ("ignore", None, Warning, re.compile(r"(PIL|pillow_heif)\b"), 0)
_lock = threading.Lock()
_inside = 0


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Ignore warnings that Pillow's modules give, in all threads, until the last one leaves."""
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _inside
    with _lock:
        _inside += 1
        if _FILTER not in warnings.filters:  # also when another's catch_warnings swept it away
            _filters().insert(0, _FILTER)


def _leave() -> None:
    global _inside
    with _lock:
        _inside -= 1
        while not _inside and _FILTER in warnings.filters:
            _filters().remove(_FILTER)


def _filters() -> list[Any]:
    return cast("list[Any]", warnings.filters)
