"""Explain a single picture, with or without a cache."""

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

CACHE_SIZE = 24
"""How many explanations are cached; each takes a few MB."""

_MIN_SIDE = 512


def explain(
    picture: str | Path | bytes | Image.Image,
    text: str,
    *,
    encoder: str | Encoder = "mini",
    method: str = "",
) -> Explanation:
    """Explain where in a picture, and because of which words, it matches a text.

    Args:
        picture: a file, its bytes, or a Pillow image.
        text: the text that it is compared with.
        encoder: the encoder of the score to explain: a name or an encoder.
        method: a name in ``firs.explanation.EXPLAINERS``; by default the one that suits the
            encoder.

    Raises:
        InputError: there is no word in the text, or the encoder does not support the method.
        ImageError: the picture cannot be read.
        MissingExtra: the method or the encoder needs an extra that is not installed.

    >>> explain("bench.jpg", "a black cat").overlay().save("why.png")  # doctest: +SKIP
    """
    opened = open_encoder(encoder) if isinstance(encoder, str) else encoder
    explainer = open_explainer(method or default_method(opened), opened)
    return explainer.explain([load_picture(picture)], text)[0]


def load_picture(picture: str | Path | bytes | Image.Image) -> Image.Image:
    """Decode a picture, large enough to be displayed.

    Raises:
        ImageError: it does not exist or cannot be read.
    """
    if isinstance(picture, Image.Image):
        return picture
    try:
        source = picture if isinstance(picture, bytes) else Path(picture)
        return decode(source, at_least=_MIN_SIDE)
    except ImageError as error:
        name = "The picture" if isinstance(picture, bytes) else picture
        raise ImageError(f"{name} cannot be explained: {error}.") from error


@dataclass(frozen=True, slots=True)
class ExplanationKey:
    """The key of an explanation.

    Args:
        content: identifies the picture's content.
        text: the text that the picture is compared with.
        method: a name in ``firs.explanation.EXPLAINERS``, or empty for the default.
    """

    content: str
    text: str
    method: str = ""


class ExplanationCache:
    """A cache of explanations; one is computed at a time, for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._explainers: dict[tuple[str, str], Explainer] = {}
        self._cached: OrderedDict[tuple[str, ExplanationKey], Explanation] = OrderedDict()

    def get(
        self, key: ExplanationKey, encoder: Encoder, load: Callable[[], Image.Image]
    ) -> Explanation:
        """Explain a picture, or return the cached explanation.

        Args:
            key: the key of the explanation.
            encoder: the encoder that computes the scores.
            load: returns the picture; called only if the explanation is not cached.

        Raises:
            InputError: there is no such method or no word, or the encoder does not support it.
            MissingExtra: the method needs an extra that is not installed.
        """
        full_key = (encoder.fingerprint, key)
        with self._lock:
            if full_key not in self._cached:
                explainer = self._explainer(key.method or default_method(encoder), encoder)
                [self._cached[full_key]] = explainer.explain([load()], key.text)
            self._cached.move_to_end(full_key)
            while len(self._cached) > CACHE_SIZE:
                self._cached.popitem(last=False)
            return self._cached[full_key]

    def _explainer(self, method: str, encoder: Encoder) -> Explainer:
        key = (encoder.fingerprint, method)
        if key not in self._explainers:
            self._explainers[key] = open_explainer(method, encoder)
        return self._explainers[key]
