"""Explaining one picture, in no collection."""

from pathlib import Path

from PIL import Image

from firs.encoders import Encoder, open_encoder
from firs.errors import ImageError
from firs.explanation import Explanation, default_method, open_explainer
from firs.pictures import decode

_AT_LEAST = 512


def explain(
    picture: str | Path | bytes | Image.Image,
    text: str,
    *,
    encoder: str | Encoder = "mini",
    method: str = "",
) -> Explanation:
    """Tell where in a picture, and by which words, it matches a text.

    Args:
        picture: a file, its bytes, or a Pillow picture.
        text: what it shall match.
        encoder: whose score is explained: a name or an encoder.
        method: a name in ``firs.explanation.EXPLAINERS``; without it the one that fits.

    Raises:
        InputError: there is no word in the text, or the encoder does not allow the method.
        ImageError: the picture cannot be read.
        MissingExtra: the method or the encoder needs what is not installed.

    >>> explain("bench.jpg", "a black cat").overlay().save("why.png")  # doctest: +SKIP
    """
    opened = open_encoder(encoder) if isinstance(encoder, str) else encoder
    explainer = open_explainer(method or default_method(opened), opened)
    [told] = explainer.explain([picture_to_explain(picture)], text)
    return told


def picture_to_explain(picture: str | Path | bytes | Image.Image) -> Image.Image:
    """The picture, decoded large enough to be looked at.

    Raises:
        ImageError: it is gone or cannot be read.
    """
    if isinstance(picture, Image.Image):
        return picture
    source = picture if isinstance(picture, bytes) else Path(picture)
    try:
        return decode(source, at_least=_AT_LEAST)
    except ImageError as error:
        told = "The picture" if isinstance(picture, bytes) else picture
        raise ImageError(f"{told} cannot be explained: {error}.") from error
