"""Explanations that were asked for lately, kept, and the explainers that made them, kept open."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from firs.encoders import Encoder
from firs.explanation import Explainer, Explanation, default_method, open_explainer

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
    """Explains what was not explained lately; one at a time, whoever asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._explainers: dict[tuple[str, str], Explainer] = {}
        self._kept: OrderedDict[tuple[str, ExplanationKey], Explanation] = OrderedDict()

    def get(self, asked: ExplanationKey, encoder: Encoder, read: Read) -> Explanation:
        """Explain a picture, or return what was said of it before.

        Args:
            asked: what.
            encoder: whose scores.
            read: gives the picture; called only where it must be looked at.

        Raises:
            InputError: there is no such method, the encoder does not allow it, or no word is told.
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
