"""A folder of photos to index, and a fake cluster that does it."""

from collections.abc import Iterator

import pytest

from tests.cluster.fake_ray import FakeRay, installed
from tests.collection.conftest import photo, photos, rainbow

__all__ = ["photo", "photos", "rainbow"]


@pytest.fixture
def ray() -> Iterator[FakeRay]:
    """A cluster in this process."""
    made = FakeRay()
    with installed(made):
        yield made
