"""Pictures: any file → an upright RGB picture, safely, or one plain reason why not."""

from firs.pictures.colour import to_rgb
from firs.pictures.decoding import PIXEL_LIMIT, Picture, decode, open_file, read, why

__all__ = ["PIXEL_LIMIT", "Picture", "decode", "open_file", "read", "to_rgb", "why"]
