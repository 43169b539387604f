from pathlib import Path

import pytest

from firs.user_dirs import cache_folder


def test_where_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIRS_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_folder() == Path("/somewhere/firs")
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert cache_folder() == Path.home() / ".cache" / "firs"
    monkeypatch.setenv("FIRS_CACHE", "/mine")
    assert cache_folder() == Path("/mine")
