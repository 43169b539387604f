"""Lets torchvision be imported beside a PyTorch of another build, for what needs none of its code.

The published torchvision is compiled for CUDA. Beside a PyTorch for processors alone its compiled
operators do not load, and it stops at the two that it describes in Python. OpenCLIP uses neither.
"""

from functools import cache
from importlib.metadata import version


@cache  # several folders of tests need it, and it can be declared once
def stand_in() -> None:
    """Declare those operators, unless the two builds belong together."""
    import torch

    if torch.version.cuda is None and "+cpu" not in version("torchvision"):
        for name in ("nms", "qnms"):
            torch.library.define(
                f"torchvision::{name}",
                "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
            )
