"""Fixtures that several test files share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("tests", max_examples=50, deadline=None)  # a busy machine is no failure
settings.load_profile("tests")

if "PYTEST_XDIST_WORKER" in os.environ:  # a worker a core: more threads would be in their way
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real photos and real vectors, or a skip where it is absent."""
    repository = Path(__file__).parent.parent
    folder = Path(os.environ.get("FIRS_SHARED_DATA", repository.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder} (set FIRS_SHARED_DATA)")
    return folder
