"""A person's words → the words a text tower was trained on, and what is said when they are cut."""

import html
import logging
import string
from collections.abc import Callable, Mapping, Sequence

import ftfy

from firs.errors import EncoderError

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
    repaired = html.unescape(html.unescape(ftfy.fix_text(text)))
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
    """Say that texts were longer than the encoder reads; the first is quoted."""
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
    """Tell cheaply whether a text could need more tokens than ``limit``: each takes a byte."""
    return len(text.encode()) + 2 > limit
