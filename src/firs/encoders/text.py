"""Texts for text towers: cleaning, warnings on truncation, prompt templates, batches."""

import logging
import string
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from firs.encoders.base import Encoder, Vectors, encode_batches
from firs.errors import EncoderError, InputError

if TYPE_CHECKING:
    from PIL.Image import Image

log = logging.getLogger(__name__)

PROBE = ("a photo of two dogs, running", "Ein Café, “3 Äpfel”", "")
"""Texts: their tokens identify the tokenizer in a fingerprint."""

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def clean_lower(text: str) -> str:
    """Clean a text for CLIP: :func:`clean`, lower case (Radford et al., 2021).

    >>> clean_lower("Two  Dogs &amp; a cat")
    'two dogs & a cat'
    """
    return clean(text).lower()


def clean(text: str) -> str:
    """Repair broken characters and HTML's escapes; replace white space by single spaces."""
    import html

    from ftfy import fix_text  # a slow import, which the built-in encoder does not need

    repaired = html.unescape(html.unescape(fix_text(text)))
    return " ".join(repaired.split())


def canonicalize(text: str) -> str:
    """Clean a text for SigLIP: :func:`clean`, lower case, no punctuation (Zhai et al., 2023).

    >>> canonicalize("A dog's life, in_snow!")
    'a dogs life in snow'
    """
    plain = clean(text).replace("_", " ").translate(_NO_PUNCTUATION)
    return " ".join(plain.lower().split())


CLEANERS: Mapping[str, Callable[[str], str]] = {
    "none": str,
    "whitespace": clean,
    "lower": clean_lower,
    "canonicalize": canonicalize,
}


def get_cleaner(name: str) -> Callable[[str], str]:
    """Return the cleaning that a model's config names.

    Raises:
        EncoderError: there is none of this name.
    """
    if name not in CLEANERS:
        known = ", ".join(CLEANERS)
        raise EncoderError(f"The model needs the text cleaning {name!r}; known are {known}.")
    return CLEANERS[name]


def warn_truncated(texts: Sequence[str], limit: int) -> None:
    """Log one warning if any texts were truncated to ``limit`` tokens."""
    if not texts:
        return
    rest = f" (and {len(texts) - 1} more)" if len(texts) > 1 else ""
    log.warning(
        "Only the first %d tokens of a text are read; the end was left out of %r%s.",
        limit,
        texts[0][:60] + ("…" if len(texts[0]) > 60 else ""),
        rest,
    )


def may_exceed(text: str, limit: int) -> bool:
    """Return whether a text may have more tokens than ``limit``: a token has at least a byte."""
    return len(text.encode()) + 2 > limit


PLACEHOLDER = "{}"


class PromptedEncoder:
    """An encoder that inserts every text into templates; image embeddings do not change.

    Args:
        encoder: the encoder to wrap.
        templates: texts with one ``{}`` each, which is replaced by the text; the embedding of a
            text is the mean over the templates.

    Raises:
        InputError: there is no template, or one does not have exactly one ``{}``.

    >>> PromptedEncoder(encoder, ["a photo of {}", "a drawing of {}"])  # doctest: +SKIP
    """

    def __init__(self, encoder: Encoder, templates: Sequence[str]) -> None:
        wrong = [each for each in templates if each.count(PLACEHOLDER) != 1]
        if wrong or not templates:
            raise InputError(
                "A template has one {} where the text goes, such as 'a photo of {}'"
                + (f", not {wrong[0]!r}." if wrong else "; give at least one.")
            )
        self._encoder = encoder
        self.templates = tuple(templates)

    @property
    def name(self) -> str:
        """The encoder's name: the embeddings in a collection are the same."""
        return self._encoder.name

    @property
    def dim(self) -> int:
        return self._encoder.dim

    @property
    def image_size(self) -> int:
        return self._encoder.image_size

    @property
    def fingerprint(self) -> str:
        """The encoder's fingerprint: the embeddings in a collection are the same."""
        return self._encoder.fingerprint

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        filled = [each.replace(PLACEHOLDER, text) for text in texts for each in self.templates]
        rows = self._encoder.encode_texts(filled).reshape(len(texts), len(self.templates), self.dim)
        means = rows.mean(axis=1)
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        if not lengths.all():
            raise EncoderError("The embeddings of the templates cancel out; use other templates.")
        unit: Vectors = (means / lengths).astype(np.float32)
        return unit

    def encode_images(self, images: "Sequence[Image]") -> Vectors:
        return self._encoder.encode_images(images)


BATCH = 64


def encode_in_batches(
    encoder: Encoder,
    texts: Sequence[str],
    progress: Callable[[int, int], object] | None = None,
) -> Vectors:
    """Encode any number of texts as float32 ``(len(texts), dim)``, rows of length 1.

    Args:
        encoder: the encoder.
        texts: the texts.
        progress: called after each batch with the number of texts encoded, and of all texts.
    """
    return encode_batches(encoder.encode_texts, texts, BATCH, encoder.dim, progress)
