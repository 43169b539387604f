"""Parts of Milvus's expressions that rows are chosen by."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from firs.milvus.ids import DRAWS, to_stored_path

EVERYTHING = ""
MOST_FOLDERS = 100
"""Folders that one expression names."""


def quote(text: str) -> str:
    """A text as an expression has it."""
    return json.dumps(text, ensure_ascii=False)


def among(texts: Iterable[str]) -> str:
    """The end of an expression that a field is one of some texts."""
    return f"in [{', '.join(map(quote, texts))}]"


def below(places: Iterable[str]) -> str:
    """Return an expression for images at some paths or below some folders.

    For very many paths it covers their folders, and may match more images.

    Paths are compared instead of matched with ``like``, which treats ``_`` and ``%`` differently in
    each version of Milvus.
    """
    folders = _outermost(places)
    while len(folders) > MOST_FOLDERS:
        folders = _outermost(os.path.dirname(folder) for folder in folders)  # noqa: PTH120
    return EVERYTHING if "" in folders else " or ".join(map(_below, folders))


def begins(text: str) -> str:
    """That a path begins so: texts are compared, see ``below``."""
    first = to_stored_path(text)
    after = first[:-1] + chr(ord(first[-1]) + 1)  # the next, in order, after all that begin so
    return f"path >= {quote(first)} and path < {quote(after)}"


def sample_expression(most: int, count: int) -> str:
    """About ``most`` of ``count`` rows, as if by chance; all if there are no more."""
    return f"draw < {DRAWS * most // count}" if count > most else EVERYTHING


def _below(folder: str) -> str:
    """Return an expression for all paths from ``folder/`` to ``folder0``, its successor."""
    within = begins(os.path.join(folder, ""))  # noqa: PTH118
    return f"path == {quote(to_stored_path(folder))} or ({within})"


def _outermost(folders: Iterable[str]) -> list[str]:
    """Return the folders that are below none of the others."""
    found: list[str] = []
    for folder in sorted(set(folders), key=lambda each: Path(each).parts):
        if not found or not folder.startswith(os.path.join(found[-1], "")):  # noqa: PTH118
            found.append(folder)
    return found
