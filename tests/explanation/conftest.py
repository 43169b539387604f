"""The built-in encoder."""

from importlib.util import find_spec

import pytest

from firs.encoders.mini import Mini
from tests.torchvision_parts import stand_in

if find_spec("torchvision"):
    stand_in()


@pytest.fixture(scope="session")
def mini() -> Mini:
    return Mini()
