"""What tests with PyTorch need before the first import of torchvision."""

from importlib.util import find_spec

from tests.torchvision_parts import stand_in

if find_spec("torchvision"):
    stand_in()
