"""Texts as users write them → texts as a text tower expects them, with a warning on cuts."""

import html
import logging
import string
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from PIL import Image

from firs.encoders.base import Encoder, Vectors
from firs.errors import EncoderError, InputError

log = logging.getLogger(__name__)

PROBE = ("a photo of two dogs, running", "Ein Café, “3 Äpfel”", "")
"""What a tokenizer makes of these stands for the tokenizer in a fingerprint."""

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def clean_lower(text: str) -> str:
    """Repair, single spaces, lower case: how CLIP reads (Radford et al., 2021).

    >>> lowered("Two  Dogs &amp; a cat")
    'two dogs & a cat'
    """
    return clean(text).lower()


def clean(text: str) -> str:
    """Repair broken characters and HTML's escapes; single spaces."""
    from ftfy import fix_text  # a slow import, which the built-in encoder does not need

    repaired = html.unescape(html.unescape(fix_text(text)))
    return " ".join(repaired.split())


def canonical(text: str) -> str:
    """No punctuation, lower case, single spaces: how SigLIP reads (Zhai et al., 2023).

    >>> canonical("A dog's life, in_snow!")
    'a dogs life in snow'
    """
    plain = clean(text).replace("_", " ").translate(_NO_PUNCTUATION)
    return " ".join(plain.lower().split())


def keep(text: str) -> str:
    """Leave a text to its tokenizer."""
    return text


CLEANERS: Mapping[str, Callable[[str], str]] = {
    "none": keep,
    "whitespace": clean,
    "lower": clean_lower,
    "canonicalize": canonical,
}


def cleaner(name: str) -> Callable[[str], str]:
    """Return the cleaning that a model's configuration names.

    Raises:
        EncoderError: there is none of this name.
    """
    if name not in CLEANERS:
        known = ", ".join(CLEANERS)
        raise EncoderError(f"The model asks for text cleaning {name!r}; known are {known}.")
    return CLEANERS[name]


def tell_cut(cut: Sequence[str], limit: int) -> None:
    """Warn that texts were longer than the encoder reads; the first is quoted."""
    if not cut:
        return
    rest = f" (and {len(cut) - 1} more)" if len(cut) > 1 else ""
    log.warning(
        "Only the first %d tokens of a text are read; the end was left out of %r%s.",
        limit,
        cut[0][:60] + ("…" if len(cut[0]) > 60 else ""),
        rest,
    )


def may_be_cut(text: str, limit: int) -> bool:
    """Return whether a text could need more tokens than ``limit``: each token takes a byte."""
    return len(text.encode()) + 2 > limit


PLACE = "{}"


class PromptedEncoder:
    """An encoder that puts every text into templates; its pictures' vectors stay as they are.

    Args:
        encoder: what encodes.
        templates: each with ``{}`` where the text goes; of several, the mean vector counts.

    Raises:
        InputError: there is no template, or one has not exactly one ``{}``.

    >>> Prompted(encoder, ["a photo of {}", "a drawing of {}"])  # doctest: +SKIP
    """

    def __init__(self, encoder: Encoder, templates: Sequence[str]) -> None:
        wrong = [each for each in templates if each.count(PLACE) != 1]
        if wrong or not templates:
            raise InputError(
                f"A template has one {PLACE} where the text goes, such as 'a photo of {PLACE}'"
                + (f", not {wrong[0]!r}." if wrong else "; give at least one.")
            )
        self._encoder = encoder
        self.templates = tuple(templates)

    @property
    def name(self) -> str:
        """The encoder's name: the collection's vectors are the same."""
        return self._encoder.name

    @property
    def dim(self) -> int:
        """Length of every vector."""
        return self._encoder.dim

    @property
    def image_size(self) -> int:
        """Pixels a side that the image tower reads."""
        return self._encoder.image_size

    @property
    def fingerprint(self) -> str:
        """The encoder's fingerprint: the collection's vectors are the same."""
        return self._encoder.fingerprint

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts → float32 ``(len(texts), dim)``, rows of length 1, each the mean of its templates.

        Raises:
            EncoderError: a text's vectors cancel out.
        """
        filled = [each.replace(PLACE, text) for text in texts for each in self.templates]
        rows = self._encoder.encode_texts(filled).reshape(len(texts), len(self.templates), self.dim)
        means = rows.mean(axis=1)
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        if not lengths.all():
            raise EncoderError("The templates' vectors cancel out; take other templates.")
        unit: Vectors = (means / lengths).astype(np.float32)
        return unit

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """Pictures of any size and mode → float32 ``(len(images), dim)``, rows of length 1."""
        return self._encoder.encode_images(images)


AT_ONCE = 64


def encode_in_parts(
    encoder: Encoder,
    texts: Sequence[str],
    progress: Callable[[int, int], object] | None = None,
) -> Vectors:
    """Texts → float32 ``(len(texts), dim)``, rows of length 1.

    Args:
        encoder: what encodes them.
        texts: any number.
        progress: called with the texts encoded, and those to encode.
    """
    parts = [np.empty((0, encoder.dim), dtype=np.float32)]
    for at in range(0, len(texts), AT_ONCE):
        parts.append(encoder.encode_texts(texts[at : at + AT_ONCE]))
        if progress is not None:
            progress(min(at + AT_ONCE, len(texts)), len(texts))
    return np.concatenate(parts)
