"""The built-in encoder, and a scene to explain."""

from importlib.util import find_spec

import pytest

from firs.encoders.mini import Mini
from firs.samples import Scene, draw_scene
from tests.torchvision_parts import stand_in

if find_spec("torchvision"):
    stand_in()


@pytest.fixture(scope="session")
def mini() -> Mini:
    return Mini()


@pytest.fixture(scope="session")
def scene() -> Scene:
    return draw_scene(4)
