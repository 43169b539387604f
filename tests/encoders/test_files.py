"""Digests of files, and the short way where a cache states them."""

import hashlib
from pathlib import Path

from firs.encoders.base import sha256


def test_a_file_is_digested(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"weights")
    assert sha256(tmp_path / "file") == hashlib.sha256(b"weights").hexdigest()


def test_cached_file_is_identified_by_its_name(tmp_path: Path) -> None:
    digest = "ab" * 32
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / digest).write_bytes(b"never read")
    (tmp_path / "link").symlink_to(tmp_path / "blobs" / digest)
    assert sha256(tmp_path / "link") == digest
