"""Filters as Milvus understands them: which images of a collection on a server may be found.

Tags, dates and sizes are an expression, which every shard of the server checks. Of a pattern of
paths an expression can hold what it begins with, up to the first ``*``, ``?`` or ``[``. Where that
is all there is to it, as in ``/photos/2024``, nothing else is needed. Of any other the ids and
paths of all that begins so, and passes the rest, are read and compared here: a pattern that begins
with ``*`` so reads those of the whole collection (about 100 bytes an image).

A collection on a server is in no folder, so a pattern that is not absolute may fit from any
folder on: ``2024/**`` fits what ``**/2024/**`` fits.
"""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from firs.filters import Filter, compile_glob, nanoseconds
from firs.index.base import Ids
from firs.milvus.schema import DRAWS, KEY, path_of, to_stored_path
from firs.milvus.server import Server
from firs.sources.paths import is_url, plain_glob
from firs.storage.paths import real

EVERYTHING = ""
MOST_FOLDERS = 100
"""Folders that one expression names."""


def quote(text: str) -> str:
    """A text as an expression has it."""
    return json.dumps(text, ensure_ascii=False)


def in_list(texts: Iterable[str]) -> str:
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


_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of an image.

    Args:
        expression: that Milvus checks; empty where it checks nothing.
        patterns: one of them must fit the path; none if the expression is sufficient.
    """

    expression: str
    patterns: tuple[re.Pattern[str], ...] = ()

    @classmethod
    def of(cls, where: Filter | None) -> Self:
        """The request of a filter."""
        if where is None:
            return cls("")
        globs = [_Glob.of(each) for each in where.within]
        rest = () if all(each.is_whole for each in globs) else tuple(each.fits for each in globs)
        return cls(" and ".join(filter(None, [*_expressions(where), _any(globs)])), rest)

    def ids(self, server: Server, name: str) -> Ids:
        """Return the ids of all images that match: int64 ``(n,)``, ascending."""
        fields = ("path",) if self.patterns else ()
        found: list[int] = []
        for some in server.iterate(name, self.expression, fields, size=16_000):
            found += [row[KEY] for row in some if self._fits(row.get("path", ""))]
        return np.array(found, dtype=np.int64)

    def _fits(self, kept: str) -> bool:
        path = path_of(kept)
        return not self.patterns or any(each.fullmatch(path) for each in self.patterns)


@dataclass(frozen=True, slots=True)
class _Glob:
    """A pattern: its expression, whether that is sufficient, and itself."""

    expression: str
    is_whole: bool
    fits: re.Pattern[str]

    @classmethod
    def of(cls, glob: str) -> Self:
        meant = _absolute(glob)
        if meant is None:
            return cls("", is_whole=False, fits=compile_glob(f"**/{glob.removeprefix('./')}"))
        fits, wild = compile_glob(meant), _WILD.search(meant)
        if wild is None:
            return cls(begins(meant) if meant.endswith("/") else below([meant]), True, fits)
        plain, rest = meant[: wild.start()], meant[wild.start() :]
        return cls(begins(plain), rest == "**" and plain.endswith("/"), fits)


def _absolute(glob: str) -> str | None:
    """A pattern that begins where paths begin, or None."""
    if is_url(glob):
        return plain_glob(glob)
    if not os.path.isabs(os.path.expanduser(glob)):  # noqa: PTH111, PTH117
        return None
    return real(glob) + ("/" if glob.endswith("/") else "")


def _any(globs: list[_Glob]) -> str:
    """That one of them may fit; nothing where one may fit anything."""
    if not all(each.expression for each in globs):
        return ""
    return " or ".join(f"({each.expression})" for each in globs).join("()") if globs else ""


def _expressions(where: Filter) -> list[str]:
    bounds = (
        ("mtime_ns >=", nanoseconds(where.after)),
        ("mtime_ns <", nanoseconds(where.before)),
        ("bytes >=", where.larger),
        ("bytes <", where.smaller),
    )
    tags = [f"array_contains(tags, {quote(tag)})" for tag in where.tags]
    return [*tags, *(f"{name} {bound}" for name, bound in bounds if bound is not None)]
