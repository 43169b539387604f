"""Waiting in tests for something to happen, however busy the machine is."""

import time
from collections.abc import Callable

PATIENCE = 120
"""Seconds after which a test fails because something has not happened.

It is far above what anything takes, so a test that passes never waits this long.
"""

_PAUSE = 0.005


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait until a condition is true.

    Args:
        condition: is called again and again; prefer an event where there is one to wait for.
        what: a description of the condition, for the message.

    Raises:
        AssertionError: it is still false after ``PATIENCE`` seconds.
    """
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"not within {PATIENCE} s: {what}"
        time.sleep(_PAUSE)
