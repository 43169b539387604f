"""Fixtures that several test files share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real photos and real vectors, or a skip where it is absent."""
    repository = Path(__file__).parent.parent
    folder = Path(os.environ.get("FIRS_SHARED_DATA", repository.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder} (set FIRS_SHARED_DATA)")
    return folder
