"""Paths of pictures in folders, in shards and behind URLs, and their stored form."""

import glob
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

SHARDS = (".tar", ".parquet")
"""Suffixes of files that contain many pictures."""

IMPORTED = "imported:/"
"""Prefix of the path of an image that was imported as an embedding, without a file."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_WILD = re.compile(r"(\*+|\?|\[[^\]/]+\])")
_IN_SHARD = re.compile(rf"({'|'.join(map(re.escape, SHARDS))})/")


def is_url(path: str) -> bool:
    """Return whether a path is a URL, with both of its slashes or with one.

    >>> is_url("s3:/bucket/1.jpg"), is_url("/data/s3:/1.jpg"), is_url("C:/1.jpg")
    (True, False, False)
    """
    return _URL.match(path) is not None


def plain(path: str) -> str:
    """Return a URL in its stored form; ``file:`` becomes a local path. Others are unchanged.

    >>> plain("s3://bucket/cats/"), plain("file:///data/a%20cat.jpg"), plain("cats")
    ('s3:/bucket/cats', '/data/a cat.jpg', 'cats')
    """
    if not is_url(path):
        return path
    scheme, _, rest = path.partition(":")
    if scheme.lower() == "file":
        return unquote(_local(rest))
    return f"{scheme.lower()}:/{rest.strip('/')}"


def local_pattern(path: str) -> str | None:
    """Return the pattern of local files that a ``file:`` URL with wildcards names.

    Plain paths are never patterns: the shell has expanded them, and a file may be called
    ``[1].jpg``.

    Args:
        path: a path as it was typed, with the slashes of the URL or as normalized by ``pathlib``.

    Returns:
        A pattern for :func:`glob.glob`, or None for anything else.

    >>> local_pattern("file:///two%20cats/*.jpg"), local_pattern("/data/*.jpg")
    ('/two cats/*.jpg', None)
    """
    scheme, _, rest = path.partition(":")
    if not is_url(path) or scheme.lower() != "file":
        return None
    literal, *others = _WILD.split(_local(rest))
    if not others:
        return None
    pairs = zip(others[::2], others[1::2], strict=True)
    return _escape(literal) + "".join(wild + _escape(more) for wild, more in pairs)


def _local(rest: str) -> str:
    """Return the path after ``file:``, without the host."""
    return f"/{rest[2:].partition('/')[2]}" if rest.startswith("//") else rest


def _escape(literal: str) -> str:
    return glob.escape(unquote(literal))


def plain_glob(glob: str) -> str:
    """Return a pattern of URLs in the form of :func:`plain`; a slash at its end remains.

    >>> plain_glob("s3://bucket/**/")
    's3:/bucket/**/'
    """
    return plain(glob) + ("/" if glob.endswith("/") else "")


def as_url(path: str) -> str:
    """Convert a stored path to a URL.

    >>> as_url("s3:/bucket/cats/1.jpg")
    's3://bucket/cats/1.jpg'
    """
    scheme, _, rest = path.partition(":/")
    return f"{scheme}://{rest}"


def is_shard(path: str) -> bool:
    """Return whether a path has the suffix of a shard."""
    return path.lower().endswith(SHARDS)


def in_shard(path: str) -> tuple[str, str] | None:
    """Split a path into the shard and the member, or return None if it contains no shard.

    A folder may have the suffix of a shard; behind a URL it may not.
    """
    for found in _IN_SHARD.finditer(path):
        shard, member = path[: found.end() - 1], path[found.end() :]
        if is_url(path) or os.path.isfile(shard):  # noqa: PTH113, never raises
            return shard, member
    return None


def real(path: str | Path) -> str:
    """Return the absolute path without links, ``~`` expanded; the canonical name of a file.

    A URL is returned in its stored form.
    """
    path = plain(str(path))
    if is_url(path):
        return path
    return os.path.realpath(os.path.expanduser(path))  # noqa: PTH111, never raises


def readable(path: str | Path) -> str:
    r"""Return a path as text; bytes that are not UTF-8 become question marks.

    >>> readable("caf\udce9.jpg")
    'caf\ufffd.jpg'
    """
    return os.fsencode(path).decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Root:
    """The folder that contains a collection; images below it are stored relative to it.

    So the photos and their collection can be moved together, to another disk or system. Absolute
    paths are ``str`` as ``os`` returns them, names that are not UTF-8 included.
    """

    folder: str

    def to_stored_path(self, path: str) -> str | bytes:
        """Convert an absolute path to its stored form: bytes if it is not UTF-8."""
        above = os.path.join(self.folder, "")  # noqa: PTH118
        if path.startswith(above):
            path = path[len(above) :].replace(os.sep, "/")
        try:
            path.encode()
        except UnicodeEncodeError:
            return os.fsencode(path)
        return path

    def absolute(self, noted: str | bytes) -> str:
        """Convert a stored path to an absolute path."""
        path = os.fsdecode(noted)
        return path if is_url(path) else os.path.join(self.folder, path)  # noqa: PTH118
