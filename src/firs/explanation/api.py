"""Explaining one picture, in no collection."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from firs.encoders import Encoder, open_encoder
from firs.errors import ImageError
from firs.explanation import Explainer, Explanation, default_method, open_explainer
from firs.imaging import decode

_AT_LEAST = 512


def explain(
    picture: str | Path | bytes | Image.Image,
    text: str,
    *,
    encoder: str | Encoder = "mini",
    method: str = "",
) -> Explanation:
    """Explain where in a picture, and by which words, it matches a text.

    Args:
        picture: a file, its bytes, or a Pillow picture.
        text: what it shall match.
        encoder: the encoder of the score to explain: a name or an encoder.
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


MOST = 24
"""Explanations that are kept; each takes a few MB."""

Read = Callable[[], Image.Image]


@dataclass(frozen=True, slots=True)
class ExplanationKey:
    """What is to be explained: a picture's content by its name, for what text, how.

    Args:
        content: names the picture's content.
        text: what it shall match.
        method: a name in ``firs.explanation.EXPLAINERS``, or empty for the usual one.
    """

    content: str
    text: str
    method: str = ""


class ExplanationCache:
    """A cache of explanations; one is made at a time, for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._explainers: dict[tuple[str, str], Explainer] = {}
        self._kept: OrderedDict[tuple[str, ExplanationKey], Explanation] = OrderedDict()

    def get(self, asked: ExplanationKey, encoder: Encoder, read: Read) -> Explanation:
        """Explain a picture, or return the cached explanation.

        Args:
            asked: the key of the explanation.
            encoder: the encoder that computes the scores.
            read: gives the picture; called only where it must be looked at.

        Raises:
            InputError: there is no such method or no word, or the encoder does not support it.
            MissingExtra: the method needs what is not installed.
        """
        key = (encoder.fingerprint, asked)
        with self._lock:
            if key not in self._kept:
                explainer = self._explainer(asked.method, encoder)
                [self._kept[key]] = explainer.explain([read()], asked.text)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
            return self._kept[key]

    def _explainer(self, method: str, encoder: Encoder) -> Explainer:
        name = method or default_method(encoder)
        key = (encoder.fingerprint, name)
        if key not in self._explainers:
            self._explainers[key] = open_explainer(name, encoder)
        return self._explainers[key]
