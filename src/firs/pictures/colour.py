"""A Pillow picture of any mode → what a person sees of it, in RGB, upright."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation (Exif 2.32, 4.6.4, tag 274) → the turn that sets the picture upright."""


def to_rgb(image: Image.Image) -> Image.Image:
    """Return the picture in RGB, upright by its EXIF, alpha laid on white, 8 bits a channel.

    16-bit grey keeps its high byte; grey in wider or real numbers is stretched between its
    darkest and brightest pixel, having no white of its own. Colour profiles are not applied.
    What comes back says nothing more about orientation, so a second call changes nothing. The
    picture given stays as it is.
    """
    turn = _TURNS.get(orientation(image))
    rgb = _flat(image)
    if turn is not None:
        rgb = rgb.transpose(turn)
    if rgb is image and not (image.info or isinstance(image, ImageFile.ImageFile)):
        return image
    plain = rgb.copy() if rgb is image else rgb
    plain.info = {}
    return plain


def orientation(image: Image.Image) -> int:
    """The EXIF orientation: 1 (upright) to 8, from 5 on with width and height exchanged.

    Damaged EXIF counts as upright: that is no reason to lose a picture.
    """
    image.load()  # a TIFF is turned while it loads
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # a parser on hostile bytes
        return 1


def _flat(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        return _from_deep_grey(image).convert("RGB")
    if image.mode == "La":
        image = image.convert("LA")
    if image.has_transparency_data:
        return _on_white(image.convert("RGBA"))
    return image if image.mode == "RGB" else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _from_deep_grey(image: Image.Image) -> Image.Image:
    values = np.asarray(image, dtype=np.float64)
    values = np.where(np.isfinite(values), values, 0)
    return Image.fromarray(_to_8_bit(values, image.mode).astype(np.uint8))


def _to_8_bit(values: NDArray[np.float64], mode: str) -> NDArray[np.float64]:
    low, high = float(values.min()), float(values.max())
    if mode.startswith("I;"):
        return values / 256
    if low >= 0 and 1 < high < 256:
        return values
    if mode == "I" and low >= 0 and 1 < high < 2**16:
        return values / 256
    return (values - low) * (255 / ((high - low) or 1))
