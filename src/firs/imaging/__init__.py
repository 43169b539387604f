"""Images: any file → an upright RGB picture, safely, or one plain reason why not."""

from firs.imaging.decoding import PIXEL_LIMIT, Picture, decode, open_file, read, to_rgb, why

__all__ = ["PIXEL_LIMIT", "Picture", "decode", "open_file", "read", "to_rgb", "why"]
