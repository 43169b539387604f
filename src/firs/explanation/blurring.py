"""A picture of which any part can be blurred, in the size that an encoder reads."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from firs.explanation.maps import prepare_picture

BLUR = 0.08
"""The blur's radius (one standard deviation), as a share of the picture's longer side."""

SOFT = 0.01
"""The same for the edge of what is blurred: a hard one would be a shape of its own."""

_ROOM = 2


class BlurBaseline:
    """A sharp and a blurred copy.

    Args:
        picture: of any size and mode.
        image_size: pixels a side that the encoder reads.
    """

    def __init__(self, picture: Image.Image, image_size: int) -> None:
        self.sharp = prepare_picture(picture, _ROOM * image_size)
        longest = max(self.sharp.size)
        self._soft = SOFT * longest
        self._blurred = self.sharp.filter(ImageFilter.GaussianBlur(BLUR * longest))

    def where(self, marked: NDArray[np.bool_]) -> Image.Image:
        """The picture, blurred where ``(rows, cols)``, laid over all of it, is true."""
        mask = Image.fromarray(marked.astype(np.uint8) * 255)
        enlarged = mask.resize(self.sharp.size, Image.Resampling.NEAREST)
        soft = enlarged.filter(ImageFilter.GaussianBlur(self._soft))
        return Image.composite(self._blurred, self.sharp, soft)
