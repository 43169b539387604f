"""QT-FIRS: a Flexible Interactive Retrieval System for images.

>>> import firs
>>> with firs.Collection("Pictures/.firs") as photos:  # doctest: +SKIP
...     photos.add("Pictures")
...     ranking = photos.search("a black cat on a wooden bench")
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firs.collection import AddReport, Collection, ImageRecord, Problem, find_collection
    from firs.encoders import Encoder, PatchEncoder, open_encoder
    from firs.errors import FirsError
    from firs.explanation import Explanation
    from firs.explanation.api import explain
    from firs.filters import Filter
    from firs.fusion import fuse
    from firs.query import Query, like, text
    from firs.ranking import Hit, Ranking
    from firs.samples import Scene, copy_samples, load_scenes
    from firs.session import Session

os.environ.update(
    {
        "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime reads it when it is imported
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
    }
)
# No dependency may send usage data, in this process or in those that it starts.

__version__ = "0.1.0"

__all__ = [
    "AddReport",
    "Collection",
    "Encoder",
    "Explanation",
    "Filter",
    "FirsError",
    "Hit",
    "ImageRecord",
    "PatchEncoder",
    "Problem",
    "Query",
    "Ranking",
    "Scene",
    "Session",
    "__version__",
    "copy_samples",
    "explain",
    "find_collection",
    "fuse",
    "like",
    "load_scenes",
    "open_encoder",
    "text",
]

_HOMES = {
    "firs.collection": ("AddReport", "Collection", "ImageRecord", "Problem", "find_collection"),
    "firs.encoders": ("Encoder", "PatchEncoder", "open_encoder"),
    "firs.errors": ("FirsError",),
    "firs.explanation": ("Explanation",),
    "firs.explanation.api": ("explain",),
    "firs.filters": ("Filter",),
    "firs.fusion": ("fuse",),
    "firs.query": ("Query", "like", "text"),
    "firs.ranking": ("Hit", "Ranking"),
    "firs.samples": ("Scene", "copy_samples", "load_scenes"),
    "firs.session": ("Session",),
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that the command line starts fast."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'firs' has no attribute {name!r}")
