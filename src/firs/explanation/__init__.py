"""Explanation: where in the picture, and which words, made it match."""

from collections.abc import Callable

from firs.encoders import Encoder, PatchEncoder
from firs.errors import InputError
from firs.explanation.base import Explainer, Explanation, Part, WordShare
from firs.explanation.faithfulness import Faithfulness, faithfulness
from firs.explanation.heatmaps import Cells, Map, prepare_picture
from firs.registry import Registry

__all__ = [
    "EXPLAINERS",
    "Cells",
    "Explainer",
    "Explanation",
    "Faithfulness",
    "Map",
    "Part",
    "WordShare",
    "check_faithfulness",
    "default_method",
    "faithfulness",
    "open_explainer",
    "prepare_picture",
]

EXPLAINERS: Registry[Callable[..., Explainer]] = Registry(
    "way to explain",
    {
        "patches": "firs.explanation.patches:open_patches",
        "occlusion": "firs.explanation.occlusion:Occlusion",
        "legrad": "firs.explanation.attention:LeGrad",
        "grad-eclip": "firs.explanation.attention:GradEclip",
        "clipseg": "firs.explanation.clipseg:open_clipseg",
        "words": "firs.explanation.words:WordEncoder",
    },
)


KINDS = ("clip", "siglip")
"""Models of transformers whose towers are known; SigLIP 2 of fixed size is a siglip, too."""


def open_explainer(name: str, encoder: Encoder) -> Explainer:
    """Open a way to explain the scores of an encoder.

    Args:
        name: one of ``EXPLAINERS``; of ``clipseg`` its files may be named, too: ``clipseg:FOLDER``.
        encoder: the encoder that computes the scores.

    Raises:
        InputError: there is no such way, or the encoder does not allow it.
        MissingExtra: it needs an optional dependency that is not installed.

    >>> from firs.encoders import open_encoder
    >>> open_explainer("words", open_encoder()).name
    'words'
    """
    method, colon, source = name.partition(":")
    if colon and method != "clipseg":
        raise InputError(f"Only clipseg has files to be named, as in clipseg:FOLDER, not {name!r}.")
    opened = EXPLAINERS.load(method)
    return opened(encoder, source) if colon else opened(encoder)


def default_method(encoder: Encoder) -> str:
    """Return the method that explains most of an encoder's scores, of those that it supports."""
    if isinstance(encoder, PatchEncoder):
        return "patches"
    return "legrad" if getattr(encoder, "kind", "") in KINDS else "occlusion"


def check_faithfulness(explained: Explanation, encoder: Encoder) -> Faithfulness:
    """Test whether the score rests on what an explanation marks.

    Raises:
        InputError: it marks nothing, or its method marks no places.
    """
    if explained.map is None:
        raise InputError(
            f"{explained.method!r} marks no places, so there is nothing to blur; explain by "
            f"{default_method(encoder)!r}."
        )
    return faithfulness(explained.map, explained.picture, explained.text, encoder)
