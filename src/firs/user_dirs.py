"""Where QT-FIRS keeps what it can make again, outside collections."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """``$FIRS_CACHE``, or ``firs`` in the user's cache folder (XDG Base Directory)."""
    chosen = os.environ.get("FIRS_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "firs"
