"""Default calibrations of known encoders, for collections without captions.

That of `mini` was fitted on one half of Flickr8k's development photos. OpenAI's CLIP and OpenCLIP
are trained with a logit scale of 100, which also fits captions best; the detection of queries
without a match was only measured with `clip-vit-b32`.
"""

from firs.calibration.calibration import Calibration
from firs.encoders.precision import split_precision

_CLIP = Calibration(100.0)

_KNOWN = {
    "mini": Calibration(13.9, -0.28, 0.43),
    "clip-vit-b32": Calibration(100.0, -0.05, 0.24),
    "clip-vit-b16": _CLIP,
    "clip-vit-l14": _CLIP,
    "clip-vit-l14-336": _CLIP,
    "openclip-b32": _CLIP,
    "openclip-l14": _CLIP,
    "openclip-h14": _CLIP,
}


def default_calibration(encoder: str) -> Calibration | None:
    """What is known of an encoder by its name; None of one that was not measured."""
    return _KNOWN.get(split_precision(encoder)[0])
