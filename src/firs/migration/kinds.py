"""Kinds of index, of which a folder and a server have others for the same ends."""

_MEANINGS = {
    "exact": "exact",
    "exact-float32": "exact",
    "flat": "exact",
    "hash": "bits",
    "bin-flat": "bits",
    "bin-ivf": "bits",
}
_APPROXIMATE = "approximate"
_IN_A_FOLDER = {"exact": "exact", "bits": "hash", _APPROXIMATE: "ivf"}
_ON_A_SERVER = {"exact": "flat", "bits": "bin-flat", _APPROXIMATE: "hnsw"}


def meaning(kind: str) -> str:
    """What a kind is for: ``exact``, ``bits`` or ``approximate``."""
    return _MEANINGS.get(kind, _APPROXIMATE)


def in_a_folder(kind: str) -> str:
    """The kind itself if a folder has it, or else one for the same end."""
    from firs.index import INDEXES

    return kind if kind in INDEXES else _IN_A_FOLDER[meaning(kind)]


def on_a_server(kind: str) -> str:
    """The kind itself if a server has it, or else one for the same end.

    >>> on_a_server("hash"), on_a_server("hnsw")
    ('bin-flat', 'hnsw')
    """
    from firs.milvus.kinds import KINDS

    return kind if kind in KINDS else _ON_A_SERVER[meaning(kind)]
