"""The built-in encoder, and a scene to explain."""

import pytest

from firs.encoders.mini import Mini
from firs.samples import Scene, draw_scene


@pytest.fixture(scope="session")
def mini() -> Mini:
    return Mini()


@pytest.fixture(scope="session")
def scene() -> Scene:
    return draw_scene(4)
